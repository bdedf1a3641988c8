"""A model server's API in the test's own process, for `TestClient` or `Asked`."""

from fastapi import FastAPI

from core.serving.errors import add_error_handlers
from core.serving.router import build_router


def model_api(engine, reranker=None, prepare=None) -> FastAPI:
    """The API over `engine`. Requests are prepared here, without a process for it, unless `prepare` is given."""

    async def prepare_here(_context_length, *asked, **tools):
        return engine.prepared(*asked, **tools)

    api = FastAPI()
    api.include_router(build_router(engine, prepare or prepare_here, reranker))
    add_error_handlers(api, unusable=400)
    return api
