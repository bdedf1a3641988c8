"""`/v1`, `/generate`, `/rerank`: forwarded to a running deployment, whose secret the studio knows."""

from collections.abc import AsyncIterator
from functools import cache

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from app.api.actor import CurrentActor
from app.serve.deployments import deployments
from app.serve.model_servers import ANSWER_SECONDS, serving
from core.errors import BusyError, NotFoundError, UnavailableError
from core.serving.bounded_route import BoundedRoute
from core.serving.disconnects import while_connected
from core.serving.openai.requests import ChatCompletionRequest, CompletionRequest
from core.serving.schemas import (
    GenerateRequest,
    ModelCard,
    ModelList,
    RerankRequest,
)
from core.specs.deployments import DeploymentState
from storage.actors import Actor

_POOL_SECONDS = 2
"""How long a request may wait for one of the 100 connections; a model server queues 32 requests."""
router = APIRouter(tags=["models being served"], route_class=BoundedRoute)


@router.get("/v1/models")
def list_served(actor: CurrentActor) -> ModelList:
    """The ready deployments, by the names that `model` accepts."""
    ready = [row for row in deployments(actor) if row.state == DeploymentState.READY]
    return ModelList(data=[ModelCard(id=row.name, created=int(row.created_at.timestamp())) for row in ready])


@router.get("/v1/models/{name:path}")
def one_served(actor: CurrentActor, name: str) -> ModelCard:
    """A ready deployment, by name."""
    found = next((card for card in list_served(actor).data if card.id == name), None)
    if found is None:
        raise NotFoundError(f"No deployment called {name[:100]!r} is ready.", "See /v1/models for those that are.")
    return found


@router.post("/v1/chat/completions")
async def chat_completions(actor: CurrentActor, body: ChatCompletionRequest, request: Request) -> Response:
    """OpenAI's chat completions; with `stream`, as server-sent events."""
    return await _pass_on(actor, request, body.model)


@router.post("/v1/completions")
async def completions(actor: CurrentActor, body: CompletionRequest, request: Request) -> Response:
    """OpenAI's text completions."""
    return await _pass_on(actor, request, body.model)


@router.post("/generate")
async def generate(actor: CurrentActor, _body: GenerateRequest, request: Request) -> Response:
    """One answer to one prompt."""
    return await _pass_on(actor, request)


@router.post("/rerank")
async def rerank(actor: CurrentActor, _body: RerankRequest, request: Request) -> Response:
    """Documents ranked by how well they answer a query."""
    return await _pass_on(actor, request, with_reranker=True)


async def _pass_on(actor: Actor, request: Request, model: str | None = None, with_reranker: bool = False) -> Response:
    """Forward the request and stream the deployment's response; cancelled when the client disconnects."""
    server = await run_in_threadpool(serving, actor, model, with_reranker)
    passed = _client().build_request(
        "POST",
        server.address + request.url.path,
        content=await request.body(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {server.secret}"},
    )
    try:
        answer = await while_connected(request.receive, _client().send(passed, stream=True))
    except httpx.PoolTimeout:
        raise BusyError("Too many requests are being forwarded already.", "Try again in a moment.") from None
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"The model server does not answer ({error}).", "It is being restarted; try again."
        ) from error
    headers = {name: answer.headers[name] for name in ("content-type", "retry-after") if name in answer.headers}
    return StreamingResponse(_pieces(answer), answer.status_code, headers, background=BackgroundTask(answer.aclose))


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


@cache
def _client() -> httpx.AsyncClient:
    # Ignore proxies from the environment: model servers run on this machine.
    return httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(ANSWER_SECONDS, connect=5, pool=_POOL_SECONDS))
