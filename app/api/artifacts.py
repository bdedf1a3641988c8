"""`/artifacts/{id}`: downloads of what jobs made, with byte ranges. Only what is registered has an id."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from app.api.actor import CurrentActor
from app.jobs import artifacts
from core.errors import InputError
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/artifacts", tags=["artifacts"], route_class=BoundedRoute)

MAX_RANGES = 16
"""A request for very many ranges is an old way to keep a server busy; a download needs one."""


@router.api_route("/{artifact_id}", methods=["GET", "HEAD"], response_class=FileResponse)
def download(actor: CurrentActor, artifact_id: str, request: Request) -> FileResponse:
    """The file of an artifact. Its ETag is its SHA-256, so that a broken download can be taken up and checked."""
    path, sha256, name = artifacts.download(actor, artifact_id)
    return file_answer(request, path, name, {"ETag": f'"{sha256}"'})


def file_answer(request: Request, path: Path, name: str, headers: dict[str, str] | None = None) -> FileResponse:
    """A file under a name, or the ranges of it that are asked for. Raises InputError when they are too many."""
    if request.headers.get("range", "").count(",") >= MAX_RANGES:
        raise InputError(f"More than {MAX_RANGES} ranges were asked for.", "Ask for one range at a time.")
    return FileResponse(
        path,
        filename=name,
        media_type="application/octet-stream",
        headers={"Accept-Ranges": "bytes"} | (headers or {}),
    )
