"""Who may ask the studio for anything, how much at once, and what every answer tells the browser it may do.

All of it is plain ASGI middleware, so that it holds for REST, for the pages and for their WebSocket alike.
"""

import base64
import hashlib
import re

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sign_in import KeyCheck
from core.errors import InputError
from core.inference.guard import Guard, is_loopback
from storage.settings import Settings

BODY_LIMIT_BYTES = 16 << 20
SHORTEST_KEY = 20
"""Characters. Shorter ones can be guessed, however slowly."""
UPLOADS = ("/api/datasets/uploads", "/_stcore/upload_file")
"""Where files are sent, each with a limit of its own."""
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


class BodyLimit:
    """Refuses a request body beyond `limit_bytes`, as announced or as counted, except where files are sent."""

    def __init__(self, app: ASGIApp, limit_bytes: int, uploads: tuple[str, ...]):
        self._app, self._limit_bytes, self._uploads = app, limit_bytes, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._uploads):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._limit_bytes:
            await _refusal(413, "This request is too large.")(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit_bytes:
                raise HTTPException(413, "This request is too large.")
            return message

        await self._app(scope, counted, send)


def guarded(app: ASGIApp, host: str, page: str, settings: Settings) -> ASGIApp:
    """`app` behind everything of this module.

    Raises InputError when `host` is open to others and nothing guards it, or the key is too short to guard anything.
    """
    hosts = frozenset(name.strip() for name in settings.allowed_hosts.split(",") if name.strip())
    if not is_loopback(host) and not (settings.api_key and hosts):
        raise InputError(
            f"The studio would be open to everyone who reaches {host}.",
            "Set TUNEWRIGHT_API_KEY to a long secret and TUNEWRIGHT_ALLOWED_HOSTS to the names it is reached under.",
        )
    app = BodyLimit(SecurityHeaders(app, page), BODY_LIMIT_BYTES, UPLOADS)
    if settings.api_key:
        app = KeyCheck(app, _long_enough(settings.api_key.get_secret_value().strip()))
    return Guard(app, host, hosts)


def _long_enough(key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise InputError(
            f"The studio's key has {len(key)} characters; it needs {SHORTEST_KEY}, or it can be guessed.",
            "Set TUNEWRIGHT_API_KEY to a longer one, such as `openssl rand -base64 24` prints.",
        )
    return key


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> ASGIApp:
    body = {"error": {"message": message, "remedy": "", "type": "refused"}}
    return JSONResponse(body, status, headers)
