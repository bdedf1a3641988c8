"""The routes of a model server: ours and OpenAI's, over one engine that answers one request at a time."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import chain

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from core.errors import BusyError, InputError, TunewrightError, UnavailableError
from core.inference.engine import Chunk, Engine
from core.inference.prompts.prompter import Prepared
from core.inference.settings import SamplingSettings
from core.serving.bounded_route import BoundedRoute, problems_of
from core.serving.leaving import ClientGoneError, while_there
from core.serving.messages import conversation_of
from core.serving.queue import ModelQueue, ahead
from core.serving.reranker import Reranker, ranked
from core.serving.schemas import (
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
)
from core.serving.writing import (
    ChatEvents,
    TextEvents,
    chat_response,
    event_of,
    text_response,
    timing_of,
    usage_of,
)

RETRY_SECONDS = 5
"""When those whom nobody has time for may come again."""
_LONGEST_MESSAGE = 2000

Prepare = Callable[..., Awaitable[Prepared]]
"""As `Desk.prepared`."""


def build_router(
    engine: Engine,
    prepare: Prepare,
    reranker: Reranker | None = None,
    key_check: Callable[[Request], Awaitable[None]] | None = None,
) -> APIRouter:
    """The routes over `engine`; `prepare` makes requests ready for it.

    `key_check` raises for a request without the right key; /health and /ready are open to all.
    """
    router = APIRouter(route_class=BoundedRoute)
    guarded = [Depends(key_check)] if key_check else []
    queue, ranking = ModelQueue(), ModelQueue()
    started = int(time.time())

    def answer(prompt: str | list[dict], settings: SamplingSettings, **tools: list[dict]) -> AsyncIterator[Chunk]:
        """The chunks of one answer; `tools` are what `prepare` takes besides."""

        async def begin() -> Iterator[Chunk]:
            engine.check(prompt, settings.response_format, tools.get("must_call"))
            asked = (engine.context_length, prompt, settings.system, settings.response_format)
            return engine.answer(await prepare(*asked, **tools), settings)

        return queue.steps(begin)

    def state() -> Health:
        return Health(
            model=engine.label, context_length=engine.context_length, reranker=reranker.label if reranker else None
        )

    @router.get("/health")
    async def health() -> Health:
        """Whether the model answers anybody; 503 while it is stuck. The server is there only once it is loaded."""
        queue.check_alive()
        return state()

    @router.get("/ready")
    async def ready() -> Health:
        """Whether a request would be taken now; 503 while the model is stuck, or too many wait for it."""
        queue.check_alive()
        queue.check_room()
        return state()

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
        text, last = await _whole(request, answer(messages, body))
        return GenerateResponse(
            text=text,
            finish_reason=last.finish_reason,
            model=engine.label,
            usage=usage_of(last),
            timing=timing_of(last),
        )

    @router.post("/rerank", dependencies=guarded)
    async def rerank(body: RerankRequest, request: Request) -> RerankResponse:
        """The documents, best answer to the query first, with their scores."""
        if reranker is None:
            raise UnavailableError("No reranker is served here.", "Serve again with a reranker.")

        async def begin() -> Iterator[list[tuple[int, float]]]:
            return reranker.scores(body.query, body.documents)

        scores = chain.from_iterable(await while_there(request.receive, _all(ranking.steps(begin))))
        return RerankResponse(model=reranker.label, results=ranked(body.documents, scores, body.top_n))

    @router.post("/v1/chat/completions", dependencies=guarded, response_model=ChatCompletionResponse)
    async def chat(body: ChatCompletionRequest, request: Request):
        """OpenAI's chat completions; with `stream`, as server-sent events."""
        messages = conversation_of(body.messages)
        chunks = answer(messages, body, tools=body.offered_tools, must_call=body.must_call)
        if body.stream:
            return await _streamed(request, ChatEvents(engine.label, body), chunks)
        text, last = await _whole(request, chunks)
        return chat_response(engine.label, body, text, last)

    @router.post("/v1/completions", dependencies=guarded, response_model=CompletionResponse)
    async def complete(body: CompletionRequest, request: Request):
        """OpenAI's completions: the text goes on as it stands, without a chat template."""
        chunks = answer(body.prompt, body)
        if body.stream:
            return await _streamed(request, TextEvents(engine.label, body), chunks)
        text, last = await _whole(request, chunks)
        return text_response(engine.label, text, last)

    return router


async def _streamed(request: Request, wire: ChatEvents | TextEvents, chunks: AsyncIterator[Chunk]) -> StreamingResponse:
    """The answer as server-sent events. What goes wrong before the first piece is still an ordinary error."""
    coming = ahead(chunks)
    begun = await while_there(request.receive, anext(coming, None))

    async def events() -> AsyncIterator[str]:
        try:
            for event in wire.first():
                yield event
            if begun:
                for event in wire.chunk(begun):
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
        background=BackgroundTask(coming.aclose),  # for a client that went before the first event
    )


async def _whole(request: Request, chunks: AsyncIterator[Chunk]) -> tuple[str, Chunk]:
    """All text of an answer, and its last chunk."""
    found = await while_there(request.receive, _all(chunks))
    return "".join(chunk.text for chunk in found), found[-1]


async def _all(pieces: AsyncIterator) -> list:
    return [piece async for piece in pieces]


def error_body(message: str, remedy: str, kind: str) -> dict:
    """How every failure reads: what OpenAI's clients expect, with what to do about it."""
    message = message[:_LONGEST_MESSAGE].encode(errors="replace").decode()  # it may quote what was sent
    return {"error": {"message": message, "remedy": remedy, "type": kind}}


def add_error_handlers(api: FastAPI) -> None:
    """Make every expected failure of `api` answer in that shape, with 400 for what the request can mend."""

    @api.exception_handler(TunewrightError)
    async def expected(_request: Request, error: TunewrightError) -> JSONResponse:
        status = 400 if isinstance(error, InputError) else 503 if isinstance(error, UnavailableError) else 500
        headers = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, BusyError) else None
        return JSONResponse(error_body(error.message, error.remedy, type(error).__name__), status, headers)

    @api.exception_handler(ClientGoneError)
    async def gone(_request: Request, _error: ClientGoneError) -> Response:
        return Response(status_code=499)  # which nobody will read

    @api.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        message = f"This request cannot be used: {problems_of(error, from_place=1)}"
        return JSONResponse(error_body(message, "See /docs for what it takes.", "InputError"), 400)

    @api.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        body = error_body(str(error.detail), "See /docs for what there is.", "HTTPError")
        return JSONResponse(body, error.status_code, headers=error.headers)
