"""Browsers that have signed in."""

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
        self._open[hash_of(token)] = Session()
        return token

    def of(self, scope: Scope) -> tuple[str, Session | None]:
        """The session of the cookie that a request shows, or None, after the name by which `end` knows it."""
        name = hash_of(cookie_parser(Headers(scope=scope).get("cookie", "")).get(_COOKIE, ""))
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


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def session_cookie(scope: Scope, token: str, seconds: int) -> str:
    secure = "; Secure" if scope.get("scheme") in ("https", "wss") else ""
    return f"{_COOKIE}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"
