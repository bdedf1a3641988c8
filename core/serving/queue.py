"""Shares one model among requests: first come, first served, with time slices for long answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core.errors import BusyError, UnavailableError

MOST_WAITING = 32
"""Requests that may be prepared or wait for the model; more are turned away."""
MOST_ACTIVE = 4
"""Answers in progress, of which the model computes one at a time: the KV caches of the others take memory."""
SLICE_SECONDS = 1
"""How long an answer may keep the model while others wait for it."""
STUCK_SECONDS = 10
"""Seconds without a token, or without progress in a prompt, after which the model counts as stuck; or twice its
longest step so far, if that is longer."""

T = TypeVar("T")


class ModelQueue:
    """Lets requests take turns at a model, and stops the answer to a client that has disconnected."""

    def __init__(self):
        self._turn = asyncio.Lock()
        self._active = asyncio.Semaphore(MOST_ACTIVE)
        self._waiting = self._wanting = 0
        self._step_began_at: float | None = None
        self._longest_seconds = 0.0

    async def steps(self, begin: Callable[[], Awaitable[Iterator[T]]]) -> AsyncIterator[T]:
        """What an iterator yields, each step run in a thread. `begin` makes the iterator, concurrently with others.

        When the caller is cancelled its place is free at once, or as soon as the current step has ended. Raises
        BusyError when too many wait, and what `begin` and the iterator raise.
        """
        with self._place():
            steps = await begin()
            await self._active.acquire()
        step: asyncio.Future | None = None
        turn_began_at: float | None = None

        def free(ended: asyncio.Future | None = None) -> None:
            if ended and not ended.cancelled():
                ended.exception()  # retrieved, or asyncio would log it: nobody is left to get it
            steps.close()
            if turn_began_at:
                self._step_ended()
                self._turn.release()
            self._active.release()

        try:
            while True:
                if not turn_began_at:
                    turn_began_at = await self._begin_turn()
                self._step_began_at = time.monotonic()
                step = asyncio.ensure_future(asyncio.to_thread(next, steps, None))
                piece = await asyncio.shield(step)
                self._step_ended()
                if piece is None:
                    return
                if self._wanting and time.monotonic() - turn_began_at > SLICE_SECONDS:
                    self._turn.release()
                    turn_began_at = None
                yield piece
        finally:
            if step and not step.done():  # cancelled while the model is still computing
                step.add_done_callback(free)
            else:
                free(step)

    async def _begin_turn(self) -> float:
        """Wait for the model; returns the time when the turn began."""
        self._wanting += 1
        try:
            await self._turn.acquire()
        finally:
            self._wanting -= 1
        return time.monotonic()

    def check_alive(self) -> None:
        """Raise UnavailableError while the model is stuck."""
        seconds = time.monotonic() - self._step_began_at if self._step_began_at else 0
        if seconds > max(STUCK_SECONDS, 2 * self._longest_seconds):
            raise UnavailableError(
                f"The model has made no progress for {seconds:.0f} s.",
                "Wait a little; if it does not recover, restart the server.",
            )

    def check_capacity(self) -> None:
        """Raise BusyError if another request would be turned away."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{self._waiting} requests are waiting already.", "Try again in a moment.")

    def _step_ended(self) -> None:
        if self._step_began_at:
            self._longest_seconds = max(self._longest_seconds, time.monotonic() - self._step_began_at)
        self._step_began_at = None

    @contextmanager
    def _place(self) -> Iterator[None]:
        self.check_capacity()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
