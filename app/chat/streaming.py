"""Streaming an answer from a model server. Closing the stream at any time frees the model."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from app.serve.model_servers import ANSWER_SECONDS, ModelServer, chat_server
from core.errors import InputError, UnavailableError
from core.serving.openai.requests import ChatCompletionRequest
from storage.actors import Actor

_PATIENCE_SECONDS = 0.2
_UNFIT = (400, 413)
"""Statuses of a model server for requests it can never serve, such as a text that is too long."""


class ChatPiece(NamedTuple):
    """A piece of an answer. The last ones carry the finish reason, token usage and timing."""

    text: str
    finish_reason: str | None = None
    usage: dict | None = None
    timing: dict | None = None


NOTHING_YET = ChatPiece("")
"""Yielded while the model reads the question, so that the caller can stop."""


def stream_chat(
    actor: Actor, model: str, messages: list[dict], settings: dict | None = None, base_model: str | None = None
) -> Iterator[ChatPiece]:
    """The answer to `messages` as it is generated, with `NOTHING_YET` in between; `settings` are fields of
    SamplingSettings.

    Closing this iterator stops the model server. Raises InputError for invalid messages or settings, UnavailableError
    if the model server cannot answer.
    """
    try:
        request = ChatCompletionRequest(messages=messages, stream=True, **settings or {})
    except ValidationError as error:
        raise InputError(f"The model cannot be asked so: {error.errors()[0]['msg']}.", "Change the settings.") from None
    asked = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    pieces = _pieces(chat_server(actor, model, base_model), asked | {"stream_options": {"include_usage": True}})
    with asyncio.Runner() as runner:
        coming = None
        try:
            while True:
                coming = runner.get_loop().create_task(_next(pieces))
                while not runner.run(_is_here(coming)):
                    yield NOTHING_YET
                if not (piece := coming.result()):
                    return
                yield piece
        finally:
            runner.run(_disconnect(coming, pieces))


async def _next(pieces: AsyncIterator[ChatPiece]) -> ChatPiece | None:
    return await anext(pieces, None)


async def _is_here(coming: asyncio.Future) -> bool:
    return bool((await asyncio.wait({coming}, timeout=_PATIENCE_SECONDS))[0])


async def _disconnect(coming: asyncio.Task | None, pieces: AsyncGenerator[ChatPiece]) -> None:
    """Close `pieces` once nobody waits for the next; the end of the event loop may close it while it still runs."""
    if coming:
        coming.cancel()
        await asyncio.wait({coming})
    await pieces.aclose()


async def _pieces(server: ModelServer, body: dict) -> AsyncGenerator[ChatPiece]:
    import httpx  # imported here: only chats pay for it

    headers = {"Authorization": f"Bearer {server.secret}"}
    try:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(ANSWER_SECONDS, connect=5)) as client,
            client.stream("POST", f"{server.address}/v1/chat/completions", json=body, headers=headers) as response,
        ):
            if response.is_error:
                kind = InputError if response.status_code in _UNFIT else UnavailableError
                raise kind(_reason(await response.aread()), "Change the message or the settings, and try again.")
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    yield _piece(json.loads(line.removeprefix("data: ")))
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"The model server disconnected ({error}).", "Ask again: it will be restarted."
        ) from error


def _piece(chunk: dict) -> ChatPiece:
    if "error" in chunk:
        raise UnavailableError(chunk["error"]["message"], chunk["error"].get("remedy", ""))
    choice = chunk["choices"][0] if chunk["choices"] else {"delta": {}}
    return ChatPiece(
        choice["delta"].get("content") or "", choice.get("finish_reason"), chunk.get("usage"), chunk.get("timing")
    )


def _reason(body: bytes) -> str:
    try:
        return json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return "The model server refused the request."
