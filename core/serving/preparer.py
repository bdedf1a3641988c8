"""Prepares requests for a model server (template, tokens, grammar) in a separate process.

Whatever a text or a schema costs there, crashes in native code included, costs only that request: see `ForkServer`.
A few small requests are prepared concurrently; large ones one at a time, so that they do not delay the small ones.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from core import errors
from core.errors import BusyError, InputError
from core.inference.prompts.prompter import Prepared
from core.inference.settings import ResponseFormat
from core.models.references import ModelLocation
from core.serving.fork_server import ForkServer

PREPARE_SECONDS = 5
_SMALL_BYTES = 64 << 10
_SMALL_AT_ONCE = 4
_MOST_LARGE = 8
"""Large requests being prepared or waiting for it; more would take all places in the queue."""


class RequestPreparer(ForkServer):
    """Prepares requests for the model at `location`, each within `seconds`."""

    def __init__(self, location: ModelLocation, seconds: float = PREPARE_SECONDS):
        command = [sys.executable, "-m", "core.serving.preparer_process", json.dumps(asdict(location)), str(seconds)]
        super().__init__(command, seconds)
        self._small, self._large = asyncio.Semaphore(_SMALL_AT_ONCE), asyncio.Lock()
        self._large_count = 0

    async def prepared(
        self,
        context_length: int,
        prompt: str | list[dict],
        system: str | None = None,
        response_format: ResponseFormat | None = None,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Prepared:
        """See `Prompter.prepared`. Also raises InputError for a request that takes too long or crashes the process."""
        form = response_format.model_dump(mode="json", by_alias=True) if response_format else None
        asked = {"prompt": prompt, "system": system, "response_format": form, "tools": tools, "must_call": must_call}
        return Prepared(**await self._ask("prepared", {"context_length": context_length, **asked}))

    async def turn_end(self) -> str:
        """The text with which the chat template ends a turn; "" if rendering it fails."""
        try:
            return await self._ask("turn_end", {})
        except InputError:
            return ""

    async def _ask(self, call: str, arguments: dict):
        try:
            question = json.dumps({"call": call, "arguments": arguments}, ensure_ascii=False).encode() + b"\n"
        except (RecursionError, ValueError):
            raise InputError("This request holds half a character, or is nested too deeply.") from None
        async with self._turn(len(question)):
            await self.ensure_running()
            began = time.monotonic()
            answer = await self.answer(question)
            seconds = time.monotonic() - began
        if not answer.endswith(b"\n"):
            how = f"was stopped after {self._seconds:g} s" if seconds > self._seconds - 0.1 else "crashed"
            raise InputError(
                f"The process that prepared this request {how}.",
                "Send a shorter text or a simpler schema, or use a model with an ordinary chat template.",
            )
        answer = json.loads(answer)
        if "error" in answer:
            error = answer["error"]
            raise getattr(errors, error["type"])(error["message"], error["remedy"])
        return answer["value"]

    @asynccontextmanager
    async def _turn(self, size_bytes: int) -> AsyncIterator[None]:
        if size_bytes <= _SMALL_BYTES:
            async with self._small:
                yield
            return
        if self._large_count >= _MOST_LARGE:
            raise BusyError("Too many large requests are waiting already.", "Try again in a moment.")
        self._large_count += 1
        try:
            async with self._large:
                yield
        finally:
            self._large_count -= 1
