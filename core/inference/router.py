"""The routes of a model server: ours and OpenAI's, over one engine that answers one request at a time."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from core.errors import InputError, TunewrightError, UnavailableError
from core.inference.engine import Chunk, Engine
from core.inference.messages import conversation_of
from core.inference.reranker import Reranker
from core.inference.schemas import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    CompletionRequest,
    CompletionResponse,
    GenerateRequest,
    GenerateResponse,
    Health,
    ModelCard,
    ModelList,
    RerankRequest,
    RerankResponse,
    SamplingSettings,
)
from core.inference.writing import (
    ChatEvents,
    TextEvents,
    chat_response,
    event_of,
    text_response,
    timing_of,
    usage_of,
)

MOST_WAITING = 32
"""Requests that may wait for the model; more are told to come again."""


class ModelQueue:
    """Lets requests use the engine in the order they came, and stops it when the one who asked has gone."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def answer(
        self, request: Request, prompt: str | list[dict], settings: SamplingSettings, **tools: list[dict]
    ) -> AsyncIterator[Chunk]:
        """The chunks of one answer; `tools` are what the engine takes besides.

        Raises UnavailableError when too many wait, and what the engine raises.
        """
        if self._waiting >= MOST_WAITING:
            raise UnavailableError(f"{self._waiting} requests are waiting already.", "Try again in a moment.")
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        chunks = self.engine.generate(prompt, settings, **tools)
        step: asyncio.Future | None = None

        def free(_step: asyncio.Future | None = None) -> None:
            chunks.close()
            self._turn.release()

        try:
            while not await request.is_disconnected():
                step = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
                chunk = await asyncio.shield(step)
                if chunk is None:
                    return
                yield chunk
        finally:
            if step and not step.done():  # whoever waited was cancelled; the model is at work until the next token
                step.add_done_callback(free)
            else:
                free()


def build_router(
    engine: Engine, reranker: Reranker | None = None, key_check: Callable[[Request], Awaitable[None]] | None = None
) -> APIRouter:
    """The routes over `engine`; `key_check` raises for a request without the right key. /health is open to all."""
    router = APIRouter()
    guarded = [Depends(key_check)] if key_check else []
    queue = ModelQueue(engine)
    started = int(time.time())

    @router.get("/health")
    async def health() -> Health:
        """Whether the model is loaded; the server answers only once it is."""
        return Health(
            model=engine.label, context_length=engine.context_length, reranker=reranker.label if reranker else None
        )

    @router.get("/v1/models", dependencies=guarded)
    async def models() -> ModelList:
        """The one model served here."""
        return ModelList(data=[ModelCard(id=engine.label, created=started)])

    @router.get("/v1/models/{model_id:path}", dependencies=guarded)
    async def model(model_id: str) -> ModelCard:
        """The model served here, by its name."""
        if model_id != engine.label:
            raise HTTPException(404, f"{model_id[:100]!r} is not served here; {engine.label!r} is.")
        return ModelCard(id=engine.label, created=started)

    @router.post("/generate", dependencies=guarded)
    async def generate(body: GenerateRequest, request: Request) -> GenerateResponse:
        """The answer to one question."""
        messages = [{"role": "user", "content": body.prompt}]
        text, last = await _whole(queue.answer(request, messages, body))
        return GenerateResponse(
            text=text,
            finish_reason=last.finish_reason,
            model=engine.label,
            usage=usage_of(last),
            timing=timing_of(last),
        )

    @router.post("/rerank", dependencies=guarded)
    async def rerank(body: RerankRequest) -> RerankResponse:
        """The documents, best answer to the query first, with their scores."""
        if reranker is None:
            raise UnavailableError("No reranker is served here.", "Deploy again with --reranker-path.")
        results = await run_in_threadpool(reranker.rank, body.query, body.documents, body.top_n)
        return RerankResponse(model=reranker.label, results=results)

    @router.post("/v1/chat/completions", dependencies=guarded, response_model=ChatCompletionResponse)
    async def chat(body: ChatCompletionRequest, request: Request):
        """OpenAI's chat completions; with `stream`, as server-sent events."""
        messages = conversation_of(body.messages)
        chunks = queue.answer(request, messages, body, tools=body.offered_tools, must_call=body.must_call)
        if body.stream:
            return await _streamed(ChatEvents(engine.label, body), chunks)
        text, last = await _whole(chunks)
        return chat_response(engine.label, body, text, last)

    @router.post("/v1/completions", dependencies=guarded, response_model=CompletionResponse)
    async def complete(body: CompletionRequest, request: Request):
        """OpenAI's completions: the text goes on as it stands, without a chat template."""
        chunks = queue.answer(request, body.prompt, body)
        if body.stream:
            return await _streamed(TextEvents(engine.label, body), chunks)
        text, last = await _whole(chunks)
        return text_response(engine.label, text, last)

    return router


async def _streamed(wire: ChatEvents | TextEvents, chunks: AsyncIterator[Chunk]) -> StreamingResponse:
    """The answer as server-sent events. What goes wrong before the first piece is still an ordinary error."""
    begun = await anext(chunks, None)

    async def events() -> AsyncIterator[str]:
        try:
            for event in wire.first():
                yield event
            if begun:
                for event in wire.chunk(begun):
                    yield event
            async for chunk in chunks:
                for event in wire.chunk(chunk):
                    yield event
            yield "data: [DONE]\n\n"
        except TunewrightError as error:
            yield event_of(error_body(error.message, error.remedy, type(error).__name__))
        finally:
            await chunks.aclose()

    return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _whole(chunks: AsyncIterator[Chunk]) -> tuple[str, Chunk]:
    """All text of an answer, and its last chunk."""
    found = [chunk async for chunk in chunks]
    if not found or not found[-1].finish_reason:
        raise HTTPException(499, "The client went away before the answer was complete.")
    return "".join(chunk.text for chunk in found), found[-1]


def error_body(message: str, remedy: str, kind: str) -> dict:
    """How every failure reads: what OpenAI's clients expect, with what to do about it."""
    return {"error": {"message": message, "remedy": remedy, "type": kind}}


def add_error_handlers(api: FastAPI) -> None:
    """Make every expected failure of `api` answer in that shape, with 400 for what the request can mend."""

    @api.exception_handler(TunewrightError)
    async def expected(_request: Request, error: TunewrightError) -> JSONResponse:
        status = 400 if isinstance(error, InputError) else 503 if isinstance(error, UnavailableError) else 500
        return JSONResponse(error_body(error.message, error.remedy, type(error).__name__), status)

    @api.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        problems = "; ".join(
            ": ".join(filter(None, (".".join(map(str, item["loc"][1:])), item["msg"].removeprefix("Value error, "))))
            for item in error.errors()
        )
        return JSONResponse(
            error_body(f"This request cannot be used: {problems}", "See /docs for what it takes.", "InputError"), 400
        )

    @api.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        body = error_body(str(error.detail), "See /docs for what there is.", "HTTPError")
        return JSONResponse(body, error.status_code, headers=error.headers)
