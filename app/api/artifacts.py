"""`/artifacts/{id}`: downloads of what jobs made, with byte ranges. Only registered artifacts have ids."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from app.api.actor import CurrentActor
from app.jobs import artifacts
from core.errors import InputError
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/artifacts", tags=["artifacts"], route_class=BoundedRoute)

MAX_RANGES = 16
"""Requests for many ranges are a known denial-of-service attack; a download needs one."""


@router.api_route("/{artifact_id}", methods=["GET", "HEAD"], response_class=FileResponse)
def download(actor: CurrentActor, artifact_id: str, request: Request) -> FileResponse:
    """An artifact's file. Its ETag is its SHA-256, so that an interrupted download can be resumed and verified."""
    path, sha256, name = artifacts.download(actor, artifact_id)
    return file_answer(request, path, name, {"ETag": f'"{sha256}"'})


def file_answer(request: Request, path: Path, name: str, headers: dict[str, str] | None = None) -> FileResponse:
    """A file under this name, or the requested byte ranges of it. Raises InputError for too many ranges."""
    if request.headers.get("range", "").count(",") >= MAX_RANGES:
        raise InputError(f"The request has more than {MAX_RANGES} byte ranges.", "Ask for one range at a time.")
    return FileResponse(
        path,
        filename=name,
        media_type="application/octet-stream",
        headers={"Accept-Ranges": "bytes"} | (headers or {}),
    )
