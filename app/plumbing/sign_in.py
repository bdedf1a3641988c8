"""Access with a key: programs send it with each request, browsers sign in with it once.

A signed-in browser has a session: a random token in its cookie, of which only the hash is stored, in memory. It ends
when it expires, at a restart, or on signing out, and closes its WebSockets.
"""

import asyncio
import base64
import html
from pathlib import Path
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.plumbing.sessions import SESSION_SECONDS, Session, Sessions, hash_of, session_cookie
from core.serving.errors import error_response
from core.serving.security.keys import WrongKeys, bearer, key_matches

LOGIN, LOGOUT = "/auth/login", "/auth/logout"
_LONGEST_FORM_BYTES = 8192
_PAGE = Path(__file__).parents[1] / "assets" / "sign_in.html"


class KeyCheck:
    """Middleware that admits requests with the key, as bearer token or password, and signed-in browsers."""

    def __init__(self, app: ASGIApp, key: str):
        self._app = app
        self._key_hash = hash_of(key)
        self._sessions = Sessions()
        self._wrong_keys = WrongKeys()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        name, session = self._sessions.of(scope)
        if scope["type"] == "http" and scope["path"] == LOGOUT:
            self._sessions.end(name)
            await _left(scope)(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == LOGIN:
            answer = await self._sign_in(scope, receive) if scope["method"] == "POST" else _page(200)
            await answer(scope, receive, send)
        elif session and scope["type"] == "websocket":
            await self._until_its_end(session, scope, receive, send)
        elif session:
            await self._app(scope, receive, send)
        else:
            await self._by_key(scope, receive, send)

    async def _by_key(self, scope: Scope, receive: Receive, send: Send) -> None:
        header = Headers(scope=scope).get("authorization", "")
        shown = bearer(header) or _password(header)
        if key_matches(shown, self._key_hash):
            await self._app(scope, receive, self._with_session(scope, send))
            return
        status = await self._wrong_keys.answer(_address(scope)) if header else 401
        wants_page = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        if wants_page and scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")
            refusal = _page(status, scope["raw_path"].decode("latin-1") + (f"?{query}" if query else ""))
        else:
            refusal = error_response(
                status, "This studio requires its key.", f"Send it as a bearer token, or open {LOGIN}."
            )
        refusal.headers["WWW-Authenticate"] = 'Bearer realm="Tunewright"'
        await refusal(scope, receive, send)

    def _with_session(self, scope: Scope, send: Send) -> Send:
        """Set a session cookie with the response: not every browser sends passwords with a WebSocket."""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = session_cookie(scope, self._sessions.begin(), SESSION_SECONDS)
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        return send_with_cookie

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response:
        """The response to a submitted key: a session, and a redirect to where the user was going."""
        form = parse_qs((await _body(Request(scope, receive))).decode("utf-8", "replace"))
        key, wanted = form.get("key", [""])[0].strip(), form.get("next", ["/"])[0]
        if not key_matches(key, self._key_hash):
            return _page(await self._wrong_keys.answer(_address(scope)), wanted, "This is not the key.")
        answer = RedirectResponse(wanted if _stays_here(wanted) else "/", 303)
        answer.headers["Set-Cookie"] = session_cookie(scope, self._sessions.begin(), SESSION_SECONDS)
        return answer

    async def _until_its_end(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a session's WebSocket; when the session ends, close it and tell the application."""
        end = asyncio.ensure_future(session.end_of())
        closed = False

        async def receive_meanwhile() -> Message:
            nonlocal closed
            message = asyncio.ensure_future(receive())
            try:
                await asyncio.wait({message, end}, return_when=asyncio.FIRST_COMPLETED)
                if message.done():
                    return message.result()
            finally:
                message.cancel()
            closed = True
            await send({"type": "websocket.close", "code": 1008, "reason": "The session has ended."})
            return {"type": "websocket.disconnect", "code": 1008}

        async def send_meanwhile(message: Message) -> None:
            if not closed:
                await send(message)

        try:
            await self._app(scope, receive_meanwhile, send_meanwhile)
        finally:
            end.cancel()


def _password(header: str) -> str:
    """The password of an `Authorization: Basic …` header, as `curl -u :KEY` sends it; empty without one."""
    scheme, _, login = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(login, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


async def _body(request: Request) -> bytes:
    """The body of a form, cut off at the size limit."""
    read = b""
    async for piece in request.stream():
        read += piece
        if len(read) > _LONGEST_FORM_BYTES:
            break
    return read[:_LONGEST_FORM_BYTES]


def _stays_here(address: str) -> bool:
    """Whether a redirect to `address` stays on this server."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def _left(scope: Scope) -> Response:
    answer = RedirectResponse(LOGIN, 303)
    answer.headers["Set-Cookie"] = session_cookie(scope, "", 0)
    return answer


def _page(status: int, wanted: str = "/", problem: str = "") -> Response:
    """The sign-in page, which leads on to `wanted`."""
    text = _PAGE.read_text(encoding="utf-8")
    text = text.replace("{next}", html.escape(wanted)).replace("{problem}", html.escape(problem))
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
