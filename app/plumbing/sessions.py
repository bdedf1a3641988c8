"""Sessions of browsers that have signed in, in memory only."""

import asyncio
import hashlib
import secrets
import time
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

SESSION_SECONDS = 12 * 3600
_COOKIE = "tunewright_session"
_MOST_SESSIONS = 1000


class Session:
    """One signed-in browser."""

    def __init__(self):
        self.ends_at = time.monotonic() + SESSION_SECONDS
        self.is_used = False
        self._ended = asyncio.Event()

    def end(self) -> None:
        self._ended.set()

    async def end_of(self) -> None:
        """Return once the session has ended or expired."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), self.ends_at - time.monotonic())


class Sessions:
    """All sessions, by the hash of their token."""

    def __init__(self):
        self._open: dict[str, Session] = {}

    def begin(self) -> str:
        """Start a session and return its token. At the limit, the oldest unused session ends, else the oldest."""
        if len(self._open) >= _MOST_SESSIONS:  # programs send the key each time and never use their cookie
            self.end(
                next((name for name, session in self._open.items() if not session.is_used), next(iter(self._open)))
            )
        token = secrets.token_urlsafe(32)
        self._open[hash_of(token)] = Session()
        return token

    def of(self, scope: Scope) -> tuple[str, Session | None]:
        """The name that `end` takes, and the session of a request's cookie or None."""
        name = hash_of(cookie_parser(Headers(scope=scope).get("cookie", "")).get(_COOKIE, ""))
        session = self._open.get(name)
        if session and session.ends_at < time.monotonic():
            self.end(name)
            return name, None
        if session:
            session.is_used = True
        return name, session

    def end(self, name: str) -> None:
        """End the session with this name, if it exists."""
        if session := self._open.pop(name, None):
            session.end()


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def session_cookie(scope: Scope, token: str, seconds: int) -> str:
    secure = "; Secure" if scope.get("scheme") in ("https", "wss") else ""
    return f"{_COOKIE}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"
