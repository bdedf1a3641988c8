"""The content security policy and related headers on every answer."""

import base64
import hashlib
import re

_POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class SecurityHeaders:
    """ASGI middleware; it goes outermost, so that refusals carry the headers too."""

    def __init__(self, app, page: str = ""):
        """`page` is the HTML that all pages start from, if any: only its own inline scripts may run."""
        self._app = app
        hashes = (f"'sha256-{_hash(script)}'" for script in re.findall(r"<script>(.*?)</script>", page, re.S))
        self._headers = _security_headers(" ".join(["'self'", *hashes]))
        # The API documentation starts by an inline script, and shows no user data.
        self._of_docs = _security_headers("'self' 'unsafe-inline'")

    async def __call__(self, scope, receive, send) -> None:
        async def send_with_headers(message: dict) -> None:
            if message["type"] == "http.response.start":
                ours = self._of_docs if scope["path"] == "/docs" else self._headers
                theirs = ((name, value) for name, value in message.get("headers", ()) if name.lower() not in ours)
                message = message | {"headers": [*theirs, *ours.items()]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _security_headers(scripts: str) -> dict[bytes, bytes]:
    policy = "; ".join(f"{name} {sources}" for name, sources in (_POLICY | {"script-src": scripts}).items())
    return {
        b"content-security-policy": policy.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
