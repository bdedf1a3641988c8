"""Who uses a model and who waits for it: in order, each no longer than its client is there, long answers by turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core.errors import BusyError, UnavailableError

MOST_WAITING = 32
"""Requests that may be prepared or wait for the model; more are told to come again."""
MOST_BEGUN = 4
"""Answers under way, of which the model makes one at a time: what the others have read takes memory."""
SLICE_SECONDS = 1
"""How long an answer has the model to itself while others want it."""
STUCK_SECONDS = 10
"""After so long without a token, or without the next part of a prompt read, the model counts as stuck, unless it has
taken nearly as long before."""

T = TypeVar("T")


async def ahead(pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    """What `pieces` yields, made without waiting for whoever takes it: a client that reads slowly holds no model."""
    made: asyncio.Queue[T | None] = asyncio.Queue()

    async def make() -> None:
        try:
            async for piece in pieces:
                made.put_nowait(piece)
        finally:
            made.put_nowait(None)

    making = asyncio.create_task(make())
    try:
        while (piece := await made.get()) is not None:
            yield piece
        await making
    finally:
        making.cancel()


class ModelQueue:
    """Lets requests use a model in the order in which they are ready, and stops it when the one who asked has gone."""

    def __init__(self):
        self._turn = asyncio.Lock()
        self._begun = asyncio.Semaphore(MOST_BEGUN)
        self._waiting = self._wanting = 0
        self._step_began_at: float | None = None
        self._longest_seconds = 0.0

    async def steps(self, begin: Callable[[], Awaitable[Iterator[T]]]) -> AsyncIterator[T]:
        """What an iterator yields, each step of it made in a thread. `begin` prepares it beside other requests.

        When the caller is cancelled, its place is free at once, or once the step under way has ended. Raises BusyError
        when too many wait, and what `begin` and the iterator raise.
        """
        with self._place():
            steps = await begin()
            await self._begun.acquire()
        step: asyncio.Future | None = None
        turn_began_at: float | None = None

        def free(ended: asyncio.Future | None = None) -> None:
            if ended and not ended.cancelled():
                ended.exception()  # nobody is left to be told
            steps.close()
            if turn_began_at:
                self._step_ended()
                self._turn.release()
            self._begun.release()

        try:
            while True:
                if not turn_began_at:
                    turn_began_at = await self._own_turn()
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
            if step and not step.done():  # whoever waited was cancelled, and the model is still at work
                step.add_done_callback(free)
            else:
                free(step)

    async def _own_turn(self) -> float:
        """Wait for the model; when it is had."""
        self._wanting += 1
        try:
            await self._turn.acquire()
        finally:
            self._wanting -= 1
        return time.monotonic()

    def check_alive(self) -> None:
        """Raises UnavailableError while the model is stuck."""
        seconds = time.monotonic() - self._step_began_at if self._step_began_at else 0
        if seconds > max(STUCK_SECONDS, 2 * self._longest_seconds):
            raise UnavailableError(
                f"The model has answered nobody for {seconds:.0f} s.",
                "Wait a little; if it stays so, stop the server and start it again.",
            )

    def check_room(self) -> None:
        """Raises BusyError while another request would not be taken."""
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{self._waiting} requests are waiting already.", "Try again in a moment.")

    def _step_ended(self) -> None:
        if self._step_began_at:
            self._longest_seconds = max(self._longest_seconds, time.monotonic() - self._step_began_at)
        self._step_began_at = None

    @contextmanager
    def _place(self) -> Iterator[None]:
        self.check_room()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
