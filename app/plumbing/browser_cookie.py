"""Recognizing browsers by a random token in a cookie, to find their drafts again. It grants no access."""

import hashlib
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "tunewright_browser"
_SECONDS = 365 * 24 * 3600


def browser_key(token: str | None) -> str:
    """The database's key for a browser, a hash of its token; empty without a cookie."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


class BrowserCookie:
    """Sets the cookie for every browser that opens a page without one."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_new(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        token = secrets.token_urlsafe(16)
        cookie = f"{COOKIE}={token}; Max-Age={_SECONDS}; Path=/; HttpOnly; SameSite=Lax{secure}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_new(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "") and not cookie_parser(headers.get("cookie", "")).get(COOKIE)
