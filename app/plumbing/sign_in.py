"""Who gets in where a key is set: programs by the key itself, browsers by signing in with it once.

A browser that has signed in has a session: a random token in its cookie, of which only the hash is kept here, in
memory. It ends by itself, with a restart, or when the person signs out, and takes its open WebSockets with it.
"""

import asyncio
import base64
import hashlib
import html
import secrets
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import error_response
from core.serving.keys import WrongKeys, bearer, key_matches

SESSION_SECONDS = 12 * 3600
LOGIN, LOGOUT = "/auth/login", "/auth/logout"
_COOKIE = "tunewright_session"
_MOST_SESSIONS = 1000
_LONGEST_FORM_BYTES = 8192
_PAGE = Path(__file__).parents[1] / "assets" / "sign_in.html"


class Session:
    """One browser that has signed in, until it ends."""

    def __init__(self):
        self.ends_at = time.monotonic() + SESSION_SECONDS
        self.is_used = False
        self._ended = asyncio.Event()

    def end(self) -> None:
        self._ended.set()

    async def end_of(self) -> None:
        """Return when the session has ended, by whatever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), self.ends_at - time.monotonic())


class Sessions:
    """The sessions there are, by the hash of their token."""

    def __init__(self):
        self._open: dict[str, Session] = {}

    def begin(self) -> str:
        """The token of a new session. Where there are too many, the oldest ends that was never used, or the oldest."""
        if len(self._open) >= _MOST_SESSIONS:  # programs show the key each time and never the cookie they were given
            self.end(
                next((name for name, session in self._open.items() if not session.is_used), next(iter(self._open)))
            )
        token = secrets.token_urlsafe(32)
        self._open[_hash(token)] = Session()
        return token

    def of(self, scope: Scope) -> tuple[str, Session | None]:
        """The session of the cookie that a request shows, or None, after the name by which `end` knows it."""
        name = _hash(cookie_parser(Headers(scope=scope).get("cookie", "")).get(_COOKIE, ""))
        session = self._open.get(name)
        if session and session.ends_at < time.monotonic():
            self.end(name)
            return name, None
        if session:
            session.is_used = True
        return name, session

    def end(self, name: str) -> None:
        """End the session of this name, if there is one."""
        if session := self._open.pop(name, None):
            session.end()


class KeyCheck:
    """Lets through who shows the key, as a bearer token or a password, and browsers that have signed in."""

    def __init__(self, app: ASGIApp, key: str):
        self._app = app
        self._key_hash = _hash(key)
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
                status, "This studio wants its key.", f"Show it as a bearer token, or open {LOGIN}."
            )
        refusal.headers["WWW-Authenticate"] = 'Bearer realm="Tunewright"'
        await refusal(scope, receive, send)

    def _with_session(self, scope: Scope, send: Send) -> Send:
        """Give the cookie of a session with the answer: not every browser sends passwords with a WebSocket."""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = _cookie(scope, self._sessions.begin(), SESSION_SECONDS)
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        return send_with_cookie

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response:
        """The answer to a key that was typed into the page: a session and the way to where the person was going."""
        form = parse_qs((await _body(Request(scope, receive))).decode("utf-8", "replace"))
        key, wanted = form.get("key", [""])[0].strip(), form.get("next", ["/"])[0]
        if not key_matches(key, self._key_hash):
            return _page(await self._wrong_keys.answer(_address(scope)), wanted, "This is not the key.")
        answer = RedirectResponse(wanted if _stays_here(wanted) else "/", 303)
        answer.headers["Set-Cookie"] = _cookie(scope, self._sessions.begin(), SESSION_SECONDS)
        return answer

    async def _until_its_end(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket of a session: closed, and for the application gone, when the session ends."""
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


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _password(header: str) -> str:
    """The password of an `Authorization: Basic …` header, as `curl -u :KEY` sends it; empty if there is none."""
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
    """What a small form holds; of a larger one, its beginning."""
    read = b""
    async for piece in request.stream():
        read += piece
        if len(read) > _LONGEST_FORM_BYTES:
            break
    return read[:_LONGEST_FORM_BYTES]


def _stays_here(address: str) -> bool:
    """Whether a browser that is sent to `address` stays on this server."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def _cookie(scope: Scope, token: str, seconds: int) -> str:
    secure = "; Secure" if scope.get("scheme") in ("https", "wss") else ""
    return f"{_COOKIE}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _left(scope: Scope) -> Response:
    answer = RedirectResponse(LOGIN, 303)
    answer.headers["Set-Cookie"] = _cookie(scope, "", 0)
    return answer


def _page(status: int, wanted: str = "/", problem: str = "") -> Response:
    """The page to sign in on, and to go on to `wanted` from."""
    text = _PAGE.read_text(encoding="utf-8")
    text = text.replace("{next}", html.escape(wanted)).replace("{problem}", html.escape(problem))
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
