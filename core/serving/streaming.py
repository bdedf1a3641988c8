"""Collects an answer whole, or streams it as server-sent events, for as long as its client is connected."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from core.errors import TunewrightError
from core.inference.engine import Chunk
from core.serving.disconnects import while_connected
from core.serving.errors import error_body

T = TypeVar("T")


class Events(Protocol):
    """How the chunks of one answer read as events."""

    def first(self) -> list[str]: ...
    def chunk(self, chunk: Chunk) -> list[str]: ...


def event_of(content: dict) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


async def collected(request: Request, pieces: AsyncIterator[T]) -> list[T]:
    """All pieces. Raises ClientDisconnectedError."""
    return await while_connected(request.receive, _all(pieces))


async def whole_answer(request: Request, chunks: AsyncIterator[Chunk]) -> tuple[str, Chunk]:
    """An answer's text, and its last chunk. Raises ClientDisconnectedError."""
    found = await collected(request, chunks)
    return "".join(chunk.text for chunk in found), found[-1]


async def streamed_answer(request: Request, wire: Events, chunks: AsyncIterator[Chunk]) -> StreamingResponse:
    """An answer as server-sent events. An error before the first chunk still gets an ordinary error response."""
    coming = _read_ahead(chunks)
    first = await while_connected(request.receive, anext(coming, None))

    async def events() -> AsyncIterator[str]:
        try:
            for event in wire.first():
                yield event
            if first:
                for event in wire.chunk(first):
                    yield event
            async for chunk in coming:
                for event in wire.chunk(chunk):
                    yield event
            yield "data: [DONE]\n\n"
        except TunewrightError as error:
            yield event_of(error_body(error.message, error.remedy, type(error).__name__))
        finally:
            await coming.aclose()

    return StreamingResponse(
        events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(coming.aclose),  # for a client that disconnected before the first event
    )


async def _read_ahead(pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    """`pieces`, produced without back pressure: a client that reads slowly must not keep the model busy."""
    ready: asyncio.Queue[T | None] = asyncio.Queue()

    async def produce() -> None:
        try:
            async for piece in pieces:
                ready.put_nowait(piece)
        finally:
            ready.put_nowait(None)

    producing = asyncio.create_task(produce())
    try:
        while (piece := await ready.get()) is not None:
            yield piece
        await producing
    finally:
        producing.cancel()


async def _all(pieces: AsyncIterator[T]) -> list[T]:
    return [piece async for piece in pieces]
