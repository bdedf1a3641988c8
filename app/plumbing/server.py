"""The studio's server: REST and the pages as one ASGI application on one port, and a supervisor kept alive."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import (
    artifacts,
    datasets,
    deployments,
    errors,
    evaluation_reports,
    evaluations,
    health,
    jobs,
    judging,
    models,
    runs,
    serving,
    sweeps,
    trash,
)
from app.components.asgi import first_html, pages_app
from app.data.upload_cleanup import sweep_uploads
from app.data.versions import sweep_datasets
from app.disk.trash import sweep_trash
from app.plumbing.security import guarded
from app.plumbing.studio import store
from app.plumbing.supervision import dismiss_idle_supervisor, ensure_supervisor
from app.training.machine_speed import measure_if_wanted
from core.errors import NotFoundError, TunewrightError
from core.listening import listening_socket
from core.processes.allocator import give_memory_back
from core.serving.bounded_route import BoundedRoute
from storage.database import NOT_NOW
from storage.settings import settings

_WATCH_SECONDS = 1.5
_TIDY_SECONDS = 600
_THREADS = 12
"""Worker threads. Each keeps memory once it has run, and more are not faster."""
_log = logging.getLogger(__name__)

PARTS = (
    jobs, runs, sweeps, evaluations, evaluation_reports, judging, datasets, models, deployments, artifacts, trash,
    serving, health,
)  # fmt: skip
"""The modules whose routers REST consists of."""


def serve(host: str, port: int) -> None:
    """Serve the studio until stopped.

    Raises ConflictError if the port is in use, InputError for an unsafe host, and what opening the workspace raises.
    """
    give_memory_back(from_bytes=128 << 10)
    store()
    app = build_app(host)
    with listening_socket(host, port, "Choose another port with --port.") as listening:
        print(f"The studio: http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}", file=sys.stderr, flush=True)
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])


def build_app(host: str) -> ASGIApp:
    """The whole application behind its security middleware. Raises InputError for an open `host` without a key."""
    return guarded(build_api(), host, first_html(), settings())


def build_api() -> FastAPI:
    """REST with the pages mounted behind it, without security middleware."""
    pages = pages_app()
    run_pages = pages.lifespan()

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        store()
        sweep_uploads()
        sweep_datasets()
        aside = [asyncio.create_task(task) for task in (_keep_supervised(), _keep_tidy(), _measure_once())]
        async with run_pages(api):
            current_default_thread_limiter().total_tokens = _THREADS  # Streamlit has just set its own
            yield
        for task in aside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        dismiss_idle_supervisor()

    api = FastAPI(
        title="Tunewright",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    api.router.route_class = BoundedRoute  # for the routes outside the routers below
    for part in PARTS:
        api.include_router(part.router)
    errors.add_error_handlers(api)
    patch_fastapi(api, redirect_from_root_to_docs=False)
    for prefix in ("/api", "/v1", "/artifacts"):
        api.add_api_route(f"{prefix}/{{rest:path}}", _unknown, methods=["GET", "POST"], include_in_schema=False)
    api.mount("/_stcore/upload_file", _shut)
    api.mount("/", pages)
    return api


def _unknown(rest: str) -> None:
    raise NotFoundError(f"There is nothing at {rest[:200]!r}.", "See /docs for the routes.")


async def _shut(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Closes Streamlit's own upload route, which would read files into memory; the body is not read."""
    raise NotFoundError("Files cannot be uploaded here.", "Send them to /api/datasets/uploads.")


async def _keep_supervised() -> None:
    """Start a supervisor whenever none is alive; the first check comes after the first page was served."""
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            await asyncio.to_thread(ensure_supervisor)
        except (OSError, *NOT_NOW) as error:
            _log.warning("Could not start a supervisor; retrying: %s", error)


async def _measure_once() -> None:
    """Time this machine when the first forecast asks for it; a machine that cannot be timed is not asked again."""
    try:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            await asyncio.to_thread(measure_if_wanted)
    except (OSError, TunewrightError, *NOT_NOW) as error:
        _log.warning("Could not time this machine for forecasts: %s", error)


async def _keep_tidy() -> None:
    """Regularly remove unneeded uploads and expired trash."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            await asyncio.to_thread(sweep_uploads)
            await asyncio.to_thread(sweep_trash)
        except (OSError, *NOT_NOW) as error:
            _log.warning("Could not clean up uploads and trash; retrying: %s", error)
