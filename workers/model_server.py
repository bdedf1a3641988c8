"""The process that serves one model: binds a port, loads the model, records its address in its row, ends when told to.

A malicious model can crash this process and nothing else. Requests are prepared in a separate process.
"""

import asyncio
import hashlib
import logging
import os
import signal
import socket
import time
from contextlib import closing
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi_swagger import patch_fastapi
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import InputError, LeaseLostError, TunewrightError
from core.inference.engine import Engine
from core.inference.llama_engine import LlamaEngine
from core.inference.open_engine import open_engine
from core.listening import is_loopback, listening_socket
from core.models.references import ModelLocation, locate
from core.processes.allocator import give_memory_back
from core.serving.bounded_route import BoundedRoute
from core.serving.errors import add_error_handlers
from core.serving.preparer import RequestPreparer
from core.serving.reranker import Reranker
from core.serving.router import build_router
from core.serving.security.body_limit import BodyLimit
from core.serving.security.headers import SecurityHeaders
from core.serving.security.hosts import HostGuard
from core.serving.security.keys import WrongKeys, bearer, key_matches
from core.specs.deployments import DeploymentState, Purpose
from storage.database import NOT_NOW, Store, open_store
from storage.processes import Fate, fate_of, this_process
from storage.rows import Deployment
from storage.serving import find_deployment, mark_failed, mark_ready, mark_starting, mark_stopped, stop_wanting, touch
from storage.settings import settings
from workers.log import log_lines_of

_WATCH_SECONDS = 1
_TOUCH_SECONDS = 10
_GRACE_SECONDS = 0.7
"""How long an answer in progress may take to stop once the server is told to exit."""
_END_SECONDS = 2.5
"""How long the process may take to exit once told to: a busy model does not notice."""
log = logging.getLogger(__name__)


def serve(deployment_id: str) -> int:
    """Serve a deployment until its row says stopped, a signal arrives, or a chat server has been idle for long.

    Returns the exit status. Why a model cannot be served is written into the row.
    """
    give_memory_back(from_bytes=512 << 10)  # the logits of a token are smaller, or their model is slow
    log_lines_of(deployment_id, lambda: None)
    store = open_store(settings())
    deployment = _claimed(store, deployment_id)
    try:
        with _listening(deployment) as listening, closing(RequestPreparer(_location(deployment))) as preparer:
            preparer.start()
            engine, reranker = _loaded(deployment)
            preparer.wait()
            server = ModelServer(store, deployment, engine, preparer, reranker)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn ends at it, restores this, and sends it again
            asyncio.run(server.run(listening))
            engine.close()
    except LeaseLostError as error:
        log.warning("%s", error.message)
        return 1
    except TunewrightError as error:
        mark_failed(store, deployment_id, error.message, error.remedy)
        log.error("%s %s", error.message, error.remedy)
        return 1
    row = find_deployment(store, deployment_id)
    if row.state == DeploymentState.STOPPING and row.process_id == os.getpid():
        mark_stopped(store, deployment_id)
    return 0


def _claimed(store: Store, deployment_id: str) -> Deployment:
    """The row with this process in it: entered by the supervisor, or here when started by hand.

    Raises LeaseLostError when another process serves this deployment.
    """
    deployment = find_deployment(store, deployment_id)
    if deployment.process_id == os.getpid():
        return deployment
    if fate_of(deployment) == Fate.ALIVE:
        raise LeaseLostError(f"Process {deployment.process_id} serves {deployment_id} already.")
    return mark_starting(store, deployment_id, this_process())


def _location(deployment: Deployment) -> ModelLocation:
    return locate(deployment.model, deployment.base_model, prefer="adapter" if deployment.base_model else "merged")


def _loaded(deployment: Deployment) -> tuple[Engine, Reranker | None]:
    options = deployment.settings
    threads = options.get("threads")
    engine = open_engine(_location(deployment), threads, options.get("context_length"))
    return engine, Reranker(deployment.reranker, threads) if deployment.reranker else None


def _listening(deployment: Deployment) -> socket.socket:
    """A socket bound as the deployment asks, before the model is loaded, so that a port in use is reported at once."""
    host = deployment.host
    if not is_loopback(host) and not deployment.key_hash:
        raise InputError(f"A server on {host} needs a key.", "Deploy again; a key is made when it is not on loopback.")
    return listening_socket(host, deployment.port, "Choose another port, or stop what uses this one.")


class _Server(uvicorn.Server):
    """A server whose process exits soon after it is told to, whatever it is doing."""

    def handle_exit(self, sig: int, frame) -> None:
        self.end()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """Abort what is in progress and exit; after too long, a timer kills the process."""
        if not self.should_exit:
            signal.setitimer(signal.ITIMER_REAL, _END_SECONDS)
        self.should_exit = True


class ModelServer:
    """One loaded model behind HTTP, watching its own row."""

    def __init__(
        self, store: Store, deployment: Deployment, engine: Engine, preparer: RequestPreparer, reranker: Reranker | None
    ):
        self._store = store
        self._deployment = deployment
        self._engine = engine
        self._preparer = preparer
        secret = Path(deployment.secret_path).read_text(encoding="utf-8").strip()
        self._key_hashes = [hashlib.sha256(secret.encode()).hexdigest(), *filter(None, [deployment.key_hash])]
        self._wrong_keys = WrongKeys()
        self._is_open = deployment.purpose == Purpose.SERVE and not deployment.key_hash
        self._used_at = self._touched_at = time.monotonic()
        self._answering = 0
        api = FastAPI(
            title=f"Tunewright: {deployment.name}",
            version="1",
            docs_url=None,
            redoc_url=None,
            swagger_ui_oauth2_redirect_url=None,
        )
        api.router.route_class = BoundedRoute
        api.include_router(build_router(engine, preparer.prepared, reranker, self._check_key))
        add_error_handlers(api, unusable=400)
        patch_fastapi(api)
        limited = BodyLimit(self._counting_use(api))
        app = SecurityHeaders(HostGuard(limited, deployment.host, store.settings.host_names))
        self._server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )

    async def run(self, listening: socket.socket) -> None:
        """Answer until told to end. Raises LeaseLostError when another process has taken over."""
        if isinstance(self._engine, LlamaEngine):
            self._engine.turn_end = await self._preparer.turn_end()
        serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.02)
        try:
            if not serving.done():
                await asyncio.to_thread(self._mark_ready, listening)
            while not self._server.should_exit:
                await asyncio.sleep(_WATCH_SECONDS)
                try:
                    await asyncio.to_thread(self._look)
                except NOT_NOW as error:
                    log.warning("the database is unavailable: %s", error.args[0])
        finally:
            self._server.end()
            await serving

    def _mark_ready(self, listening: socket.socket) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._deployment.host, self._deployment.host)
        port = listening.getsockname()[1]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        mark_ready(self._store, self._deployment.id, address, os.getpid())
        log.info("%s answers at %s", self._deployment.id, address)

    def _look(self) -> None:
        """Act on the row: end when it says so, record use, and give up a server that has been idle for long."""
        row = find_deployment(self._store, self._deployment.id)
        if row.process_id != os.getpid():
            raise LeaseLostError(f"Process {row.process_id} serves {row.id} now.")
        idle_seconds = row.settings.get("idle_seconds")
        if row.state == DeploymentState.STOPPING:
            self._server.end()
        elif self._answering or self._used_at > self._touched_at:
            self._tell_used()
        elif idle_seconds and time.monotonic() - self._used_at > idle_seconds:
            log.info("%s was not used for %s s", row.id, idle_seconds)
            stop_wanting(self._store, row.id)

    def _tell_used(self) -> None:
        if time.monotonic() - self._touched_at > _TOUCH_SECONDS:
            self._touched_at = time.monotonic()
            touch(self._store, self._deployment.id)

    def _counting_use(self, app: ASGIApp) -> ASGIApp:
        """`app`, recording when it last answered; health checks do not count as use."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] in ("/health", "/ready"):
                await app(scope, receive, send)
                return
            self._answering += 1
            try:
                await app(scope, receive, send)
            finally:
                self._answering -= 1
                self._used_at = time.monotonic()

        return counted

    async def _check_key(self, request: Request) -> None:
        """The studio sends the server's secret, clients their key. On loopback, a server for clients needs none."""
        if self._is_open:
            return
        shown = bearer(request.headers.get("authorization"))
        matches = [key_matches(shown, key_hash) for key_hash in self._key_hashes]
        if not any(matches):
            status = await self._wrong_keys.answer(request.client.host) if shown and request.client else 401
            raise HTTPException(status, "The key is missing or wrong.", headers={"WWW-Authenticate": "Bearer"})
