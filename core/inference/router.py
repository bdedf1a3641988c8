"""The routes of a model server: ours and OpenAI's, over one engine that answers one request at a time."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from core.errors import InputError, TunewrightError, UnavailableError
from core.inference.engine import Chunk, Engine
from core.inference.reranker import Reranker
from core.inference.schemas import (
    ChatChoice,
    ChatCompletionRequest,
    ChatCompletionResponse,
    CompletionRequest,
    CompletionResponse,
    CompletionSettings,
    GenerateRequest,
    GenerateResponse,
    Health,
    Message,
    ModelCard,
    ModelList,
    RerankRequest,
    RerankResponse,
    SamplingSettings,
    TextChoice,
    Timing,
    Usage,
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
        self, request: Request, prompt: str | list[dict], settings: SamplingSettings
    ) -> AsyncIterator[Chunk]:
        """The chunks of one answer. Raises UnavailableError when too many wait, and what the engine raises."""
        if self._waiting >= MOST_WAITING:
            raise UnavailableError(f"{self._waiting} requests are waiting already.", "Try again in a moment.")
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        chunks = self.engine.generate(prompt, settings)
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
    engine: Engine, reranker: Reranker | None = None, key_check: Callable[[Request], None] | None = None
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

    @router.post("/generate", dependencies=guarded)
    async def generate(body: GenerateRequest, request: Request) -> GenerateResponse:
        """The answer to one question."""
        messages = [{"role": "user", "content": body.prompt}]
        text, last = await _whole(queue.answer(request, messages, body))
        return GenerateResponse(
            text=text, finish_reason=last.finish_reason, model=engine.label, usage=_usage(last), timing=_timing(last)
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
        messages = [message.model_dump() for message in body.messages]
        chunks = queue.answer(request, messages, body)
        if body.stream:
            return await _streamed(_Wire("chat.completion.chunk", engine.label, body), chunks)
        text, last = await _whole(chunks)
        choice = ChatChoice(message=Message(role="assistant", content=text), finish_reason=last.finish_reason)
        return ChatCompletionResponse(
            id=_new_id("chatcmpl"), created=int(time.time()), model=engine.label, choices=[choice],
            usage=_usage(last), timing=_timing(last),
        )  # fmt: skip

    @router.post("/v1/completions", dependencies=guarded, response_model=CompletionResponse)
    async def complete(body: CompletionRequest, request: Request):
        """OpenAI's completions: the text goes on as it stands, without a chat template."""
        chunks = queue.answer(request, body.prompt, body)
        if body.stream:
            return await _streamed(_Wire("text_completion", engine.label, body), chunks)
        text, last = await _whole(chunks)
        return CompletionResponse(
            id=_new_id("cmpl"), created=int(time.time()), model=engine.label,
            choices=[TextChoice(text=text, finish_reason=last.finish_reason)], usage=_usage(last), timing=_timing(last),
        )  # fmt: skip

    return router


class _Wire:
    """Writes the events of one streamed answer in OpenAI's format."""

    def __init__(self, kind: str, model: str, body: CompletionSettings):
        self._is_chat = kind.startswith("chat")
        self._common = {
            "id": _new_id("chatcmpl" if self._is_chat else "cmpl"),
            "object": kind,
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = bool(body.stream_options and body.stream_options.include_usage)

    def first(self) -> list[str]:
        """Who speaks, for a chat."""
        return [self._event({"role": "assistant", "content": ""}, None)] if self._is_chat else []

    def chunk(self, chunk: Chunk) -> list[str]:
        events = []
        if chunk.text:
            events.append(self._event({"content": chunk.text}, None))
        if chunk.finish_reason:
            events.append(self._event({}, chunk.finish_reason, timing=_timing(chunk).model_dump()))
            if self._include_usage:
                usage = {"usage": _usage(chunk).model_dump(), "timing": _timing(chunk).model_dump()}
                events.append(_event({**self._common, "choices": [], **usage}))
        return events

    def _event(self, delta: dict, finish_reason: str | None, **facts) -> str:
        said = {"delta": delta} if self._is_chat else {"text": delta.get("content", "")}
        choice = {"index": 0, **said, "finish_reason": finish_reason}
        return _event({**self._common, "choices": [choice], **facts})


async def _streamed(wire: _Wire, chunks: AsyncIterator[Chunk]) -> StreamingResponse:
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
            yield _event(error_body(error.message, error.remedy, type(error).__name__))
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
            f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        return JSONResponse(
            error_body(f"This request cannot be used: {problems}", "See /docs for what it takes.", "InputError"), 400
        )

    @api.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        body = error_body(str(error.detail), "See /docs for what there is.", "HTTPError")
        return JSONResponse(body, error.status_code, headers=error.headers)


def _usage(last: Chunk) -> Usage:
    return Usage(
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.completion_tokens,
        total_tokens=last.prompt_tokens + last.completion_tokens,
    )


def _timing(last: Chunk) -> Timing:
    return Timing(
        time_to_first_token_s=last.first_token_seconds, tokens_per_second=last.tokens_per_second, seconds=last.seconds
    )


def _event(content: dict) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


def _new_id(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex}"
