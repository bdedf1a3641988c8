"""The routes of a model server, ours and OpenAI's, over one engine."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import chain

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from core.errors import UnavailableError
from core.inference.engine import Chunk, Engine
from core.inference.prompts.prompter import Prepared
from core.inference.settings import SamplingSettings
from core.serving.bounded_route import BoundedRoute
from core.serving.openai.completions import chat_response, text_response
from core.serving.openai.events import ChatEvents, TextEvents
from core.serving.openai.messages import conversation_of
from core.serving.openai.requests import ChatCompletionRequest, CompletionRequest
from core.serving.openai.responses import ChatCompletionResponse, CompletionResponse
from core.serving.queue import ModelQueue
from core.serving.reranker import Reranker, ranked
from core.serving.schemas import (
    GenerateRequest,
    GenerateResponse,
    Health,
    ModelCard,
    ModelList,
    RerankRequest,
    RerankResponse,
)
from core.serving.streaming import collected, streamed_answer, whole_answer
from core.serving.usage import timing_of, usage_of

Prepare = Callable[..., Awaitable[Prepared]]
"""As `RequestPreparer.prepared`."""


def build_router(
    engine: Engine,
    prepare: Prepare,
    reranker: Reranker | None = None,
    key_check: Callable[[Request], Awaitable[None]] | None = None,
) -> APIRouter:
    """The routes over `engine`, for requests that `prepare` has prepared.

    `key_check` raises for a request without the right key; /health and /ready are open to all.
    """
    router = APIRouter(route_class=BoundedRoute)
    guarded = [Depends(key_check)] if key_check else []
    queue, ranking = ModelQueue(), ModelQueue()
    started = int(time.time())

    def answer(prompt: str | list[dict], settings: SamplingSettings, **tools: list[dict]) -> AsyncIterator[Chunk]:
        """The chunks of one answer; `tools` are the further arguments of `prepare`."""

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
        """Whether the model is alive; 503 while it is stuck. The server answers only once the model is loaded."""
        queue.check_alive()
        return state()

    @router.get("/ready")
    async def ready() -> Health:
        """Whether a request would be accepted now; 503 while the model is stuck or too many requests wait."""
        queue.check_alive()
        queue.check_capacity()
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
        text, last = await whole_answer(request, answer(messages, body))
        return GenerateResponse(
            text=text,
            finish_reason=last.finish_reason,
            model=engine.label,
            usage=usage_of(last),
            timing=timing_of(last),
        )

    @router.post("/rerank", dependencies=guarded)
    async def rerank(body: RerankRequest, request: Request) -> RerankResponse:
        """The documents with their scores, best match for the query first."""
        if reranker is None:
            raise UnavailableError("No reranker is served here.", "Serve again with a reranker.")

        async def begin() -> Iterator[list[tuple[int, float]]]:
            return reranker.scores(body.query, body.documents)

        scores = chain.from_iterable(await collected(request, ranking.steps(begin)))
        return RerankResponse(model=reranker.label, results=ranked(body.documents, scores, body.top_n))

    @router.post("/v1/chat/completions", dependencies=guarded, response_model=ChatCompletionResponse)
    async def chat(body: ChatCompletionRequest, request: Request):
        """OpenAI's chat completions; with `stream`, as server-sent events."""
        messages = conversation_of(body.messages)
        chunks = answer(messages, body, tools=body.offered_tools, must_call=body.must_call)
        if body.stream:
            return await streamed_answer(request, ChatEvents(engine.label, body), chunks)
        text, last = await whole_answer(request, chunks)
        return chat_response(engine.label, body, text, last)

    @router.post("/v1/completions", dependencies=guarded, response_model=CompletionResponse)
    async def complete(body: CompletionRequest, request: Request):
        """OpenAI's text completions: the prompt is continued as it is, without a chat template."""
        chunks = answer(body.prompt, body)
        if body.stream:
            return await streamed_answer(request, TextEvents(engine.label, body), chunks)
        text, last = await whole_answer(request, chunks)
        return text_response(engine.label, text, last)

    return router
