"""Limits the size of request bodies, and returns the memory they took to the system."""

import gc
from contextlib import suppress

from core.processes.allocator import give_back_now
from core.serving.security.refusal import refuse

LARGEST_BODY_BYTES = 4 << 20
"""Enough, in most scripts, for a million characters: more than any model's context holds."""
_GIVE_BACK_AFTER_BYTES = 1 << 20


class BodyLimit:
    """ASGI middleware: refuses a body that is announced, or turns out, to be longer than `limit_bytes`.

    `unlimited` are (method, path) pairs with a limit of their own. After every megabyte received, free memory goes
    back to the system: Python and its allocator would otherwise keep the peak.
    """

    def __init__(self, app, unlimited: frozenset[tuple[str, str]] = frozenset(), limit_bytes: int = LARGEST_BODY_BYTES):
        self._app = app
        self._limit_bytes = limit_bytes
        self._unlimited = unlimited
        self._received_bytes = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        is_limited = (scope.get("method"), scope.get("path")) not in self._unlimited
        if not announced.isdigit() or (is_limited and int(announced[:20]) > self._limit_bytes):
            await _refuse(scope, send)
        elif is_limited:
            try:
                with suppress(_TooLargeError):
                    await self._app(scope, *self._counting(scope, receive, send))
            finally:
                self._give_back()
        else:
            await self._app(scope, receive, send)

    def _give_back(self) -> None:
        if self._received_bytes > _GIVE_BACK_AFTER_BYTES:
            self._received_bytes = 0
            gc.collect()  # a refusal and the body it quotes form a reference cycle
            give_back_now()

    def _counting(self, scope: dict, receive, send) -> tuple:
        """`receive` that stops at the limit, and `send` that is silent after a refusal."""
        received = 0
        has_begun = is_refused = False

        async def counted() -> dict:
            nonlocal received, is_refused
            message = await receive()
            received += len(message.get("body", b""))
            self._received_bytes += len(message.get("body", b""))
            if received <= self._limit_bytes:
                return message
            if not (has_begun or is_refused):
                await _refuse(scope, send)
            is_refused = True
            raise _TooLargeError

        async def unless_refused(message: dict) -> None:
            nonlocal has_begun
            has_begun = True
            if not is_refused:
                await send(message)

        return counted, unless_refused


class _TooLargeError(Exception):
    """Unwinds the application after its request was refused."""


async def _refuse(scope, send) -> None:
    await refuse(scope, send, 413, "This request is too large.", "Send less.")
