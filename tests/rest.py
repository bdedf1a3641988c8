"""REST in this process, without the pages: only one server in a process can have those."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api import errors
from app.plumbing.server import PARTS


def rest() -> TestClient:
    """Asks the routes of the studio about the workspace of this test."""
    api = FastAPI()
    for part in PARTS:
        api.include_router(part.router)
    errors.add_error_handlers(api)
    return TestClient(api)
