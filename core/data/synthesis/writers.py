"""The models that write examples or judge answers: one on this machine, or one on an OpenAI-compatible server.

Each takes a question and a JSON schema, and returns text with the number of tokens used.
"""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from core.data.synthesis.connection import Server
from core.data.synthesis.endpoint import Endpoint, TooLongError, said_in


@dataclass(frozen=True)
class Written:
    """A model's answer. `tokens` counts question and answer, and is estimated if the server does not count."""

    text: str
    cut_off: bool
    tokens: int
    no_room: bool = False
    """The question alone exceeds the context length, so there is no answer."""


class Writer(Protocol):
    """A model that can be asked. `at_once` is the useful number of concurrent questions."""

    at_once: int

    async def write(self, question: str, schema: dict, seed: int) -> Written: ...


@asynccontextmanager
async def open_writer(spec: Server, allowed_endpoints: Sequence[str]):
    """The writer that `spec` names, closed at the end.

    Raises InputError for an endpoint that may not be asked, and what loading a model raises.
    """
    if spec.endpoint:
        async with Endpoint(spec, allowed_endpoints) as endpoint:
            yield EndpointWriter(endpoint)
        return
    writer = await asyncio.to_thread(LocalWriter, spec)
    try:
        yield writer
    finally:
        writer.engine.close()


class EndpointWriter:
    """A model on a server."""

    at_once = 4

    def __init__(self, endpoint: Endpoint):
        self._endpoint = endpoint

    async def write(self, question: str, schema: dict, seed: int) -> Written:
        """Ask one question. Raises UnavailableError when the server stays away, InputError when it refuses."""
        try:
            answer = await self._endpoint.ask(question, schema, seed)
        except TooLongError:
            return Written("", False, 0, no_room=True)
        text, finish_reason = said_in(answer)
        usage = answer.get("usage")
        tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
        if not isinstance(tokens, int) or tokens <= 0:
            tokens = (len(question) + len(text)) // 4
        return Written(text, finish_reason == "length", tokens)


class LocalWriter:
    """A model loaded in this process. A grammar forces a GGUF to follow the schema; other models are only asked to."""

    at_once = 1

    def __init__(self, spec: Server):
        from core.inference.open_engine import open_engine
        from core.models.references import locate

        self.engine = open_engine(locate(spec.model))
        self._settings = {"temperature": spec.temperature, "max_tokens": spec.max_new_tokens}

    async def write(self, question: str, schema: dict, seed: int) -> Written:
        """Ask one question. Yields to the event loop after each token, so that a stop request is noticed."""
        from core.inference.settings import SamplingSettings

        form = {"type": "json_schema", "json_schema": {"name": "examples", "schema": schema}}
        settings = SamplingSettings(
            seed=seed, response_format=form if self.engine.writes_json else None, **self._settings
        )
        messages = [{"role": "user", "content": question}]
        if len(self.engine.encode(messages)) + 16 > self.engine.context_length:
            return Written("", False, 0, no_room=True)
        text = ""
        chunks = self.engine.generate(messages, settings)
        try:
            for chunk in chunks:
                text += chunk.text
                await asyncio.sleep(0)
        finally:
            chunks.close()
        return Written(text, chunk.finish_reason == "length", chunk.prompt_tokens + chunk.completion_tokens)
