"""What every answer of the studio says to the browser: take nothing from elsewhere, show yourself in no other page."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COMMON = {
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
    """Plain ASGI middleware: adds the content security policy and its companions to every response."""

    def __init__(self, app: ASGIApp, page: str):
        """`page` is the HTML that the studio's pages start from; only its own inline scripts may run."""
        self._app = app
        hashes = " ".join(f"'sha256-{_hash(script)}'" for script in re.findall(r"<script>(.*?)</script>", page, re.S))
        self._pages = _policy(f"'self' {hashes}")
        self._docs = _policy("'self' 'unsafe-inline'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The page of the API's documentation starts itself by an inline script and shows no one's data.
                headers["Content-Security-Policy"] = self._docs if scope["path"] == "/docs" else self._pages
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _policy(scripts: str) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in (_COMMON | {"script-src": scripts}).items())


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
