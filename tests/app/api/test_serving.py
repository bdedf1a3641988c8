"""Requests forwarded to model servers: cancelled with their client, with the servers' own errors."""

import asyncio
import threading

import httpx
import pytest
from fastapi import FastAPI

from app.api import serving
from app.api.errors import add_error_handlers
from app.plumbing import inspection
from app.serve.model_servers import ModelServer
from core.errors import UnavailableError
from tests.asked import Asked, until
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def passed_to(monkeypatch):
    """`passed_to(answer)`: the studio's routes in front of a model server with this answer."""

    def build(answer) -> FastAPI:
        monkeypatch.setattr(serving, "serving", lambda *_: ModelServer("http://model", "secret"))
        client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        monkeypatch.setattr(serving, "_client", lambda: client)
        api = FastAPI()
        api.include_router(serving.router)
        add_error_handlers(api)
        return api

    return build


def test_a_disconnected_client_is_dropped_by_the_model_server_too(passed_to):
    asked, left = threading.Event(), threading.Event()

    async def answer(request):
        asked.set()
        try:
            await asyncio.sleep(3600)
        finally:
            left.set()

    async def leave():
        request = Asked(passed_to(answer), "/generate", {"prompt": "x"})
        await until(asked.is_set)
        request.leave()
        await asyncio.wait_for(request.ended, PATIENCE_SECONDS)

    asyncio.run(leave())
    assert left.is_set()


def test_a_busy_model_server_says_when_to_retry(passed_to):
    async def told():
        yield b"later"

    async def answer(request):
        return httpx.Response(503, content=told(), headers={"Retry-After": "5"})

    async def ask():
        request = Asked(passed_to(answer), "/generate", {"prompt": "x"})
        await request.ended
        return request.status, request.headers[b"retry-after"], request.text

    assert asyncio.run(ask()) == (503, b"5", "later")


def test_waiting_for_the_inspector_leaves_threads_free(monkeypatch):
    monkeypatch.setattr(inspection, "_places", threading.BoundedSemaphore(1))
    inspection._places.acquire()
    with pytest.raises(UnavailableError, match="reading data"):
        inspection.ask("look", path="x")
