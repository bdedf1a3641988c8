"""The desk of a model server: prepares each request (template, tokens, grammar) in a process that can be left.

Whatever a text or a schema makes these cost, native code included, costs that one request: the process for it is killed
at its deadline, and at once when the client has gone. A few requests are prepared side by side; large ones one by one,
so that they hold up no small one.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from core import errors
from core.errors import BusyError, InputError, UnavailableError
from core.inference.prompts.prompter import Prepared
from core.inference.settings import ResponseFormat
from core.models.references import ModelLocation
from core.serving.desk_process import READY

PREPARE_SECONDS = 5
START_SECONDS = 60
_LATE_SECONDS = 2
"""How long after its deadline an answer is still waited for: the system ends the process, not we."""
_SMALL_BYTES = 64 << 10
_SMALL_AT_ONCE = 4
_MOST_LARGE = 8
"""Large requests that are prepared or wait for it; they must not take all places of the queue."""
_ROOT = Path(__file__).resolve().parents[2]


class Desk:
    """Prepares requests for the model at `location`. `start` it, then `wait` until it is ready; `close` ends it."""

    def __init__(self, location: ModelLocation, seconds: float = PREPARE_SECONDS):
        self._command = [
            sys.executable, "-m", "core.serving.desk_process", json.dumps(asdict(location)), str(seconds),
        ]  # fmt: skip
        self._seconds = seconds
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._restarting = asyncio.Lock()
        self._small, self._large = asyncio.Semaphore(_SMALL_AT_ONCE), asyncio.Lock()
        self._large_ones = 0

    def start(self) -> None:
        """Begin to start its process."""
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(self._command, cwd=_ROOT, stdin=theirs)

    def wait(self) -> None:
        """Return once its process is ready. Raises UnavailableError."""
        self._control.settimeout(START_SECONDS)
        try:
            said = self._control.recv(1)
        except TimeoutError:
            said = b""
        if said != READY:
            self.close()
            raise UnavailableError("The process that prepares requests could not be started.", "Look at the log.")
        self._control.setblocking(False)

    async def prepared(
        self,
        context_length: int,
        prompt: str | list[dict],
        system: str | None = None,
        response_format: ResponseFormat | None = None,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Prepared:
        """See `Prompter.prepared`. Raises InputError for what takes too long, too, and for what ends the process."""
        form = response_format.model_dump(mode="json", by_alias=True) if response_format else None
        asked = {"prompt": prompt, "system": system, "response_format": form, "tools": tools, "must_call": must_call}
        return Prepared(**await self._ask("prepared", {"context_length": context_length, **asked}))

    async def turn_end(self) -> str:
        """What the chat template ends a turn with; "" where it cannot say."""
        try:
            return await self._ask("turn_end", {})
        except InputError:
            return ""

    def close(self) -> None:
        """End its process."""
        if self._control:
            self._control.close()
            self._process.kill()
            self._process.wait()
            self._control = self._process = None

    async def _ask(self, call: str, arguments: dict):
        try:
            question = json.dumps({"call": call, "arguments": arguments}, ensure_ascii=False).encode() + b"\n"
        except (RecursionError, ValueError):
            raise InputError("This request holds half a character, or too much inside each other.") from None
        async with self._turn(len(question)):
            await self._run_again()
            began = time.monotonic()
            answer = await self._answered(question)
            seconds = time.monotonic() - began
        if not answer.endswith(b"\n"):
            how = f"was stopped after {self._seconds:g} s" if seconds > self._seconds - 0.1 else "ended by itself"
            raise InputError(
                f"The process that prepared this request {how}.",
                "Send a shorter text or a simpler schema, or use a model with an ordinary chat template.",
            )
        answer = json.loads(answer)
        if "error" in answer:
            told = answer["error"]
            raise getattr(errors, told["type"])(told["message"], told["remedy"])
        return answer["value"]

    @asynccontextmanager
    async def _turn(self, size_bytes: int) -> AsyncIterator[None]:
        if size_bytes <= _SMALL_BYTES:
            async with self._small:
                yield
            return
        if self._large_ones >= _MOST_LARGE:
            raise BusyError("Too many large requests are waiting already.", "Try again in a moment.")
        self._large_ones += 1
        try:
            async with self._large:
                yield
        finally:
            self._large_ones -= 1

    async def _answered(self, question: bytes) -> bytes:
        """What a process of its own answers; nothing where that ended before."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"?"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise UnavailableError("The process that prepares requests has ended.", "Try again.") from error
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            writer.write(question)
            async with asyncio.timeout(self._seconds + _LATE_SECONDS):
                return await reader.read()
        except ConnectionError:  # it ended before it had read all of the question
            return b""
        except TimeoutError:
            raise UnavailableError("The process that prepares requests does not answer.", "Try again.") from None
        finally:
            writer.transport.abort()  # which ends the process, if it is still at work

    async def _run_again(self) -> None:
        """Start the process anew where it has ended."""
        async with self._restarting:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self.start()
                await asyncio.to_thread(self.wait)
