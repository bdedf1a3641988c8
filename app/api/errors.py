"""How a failure reads over HTTP: one shape for all, that says what happened and what to do about it.

The shape (`{"error": {"message", "remedy", "type"}}`) is also what clients of OpenAI's wire format expect.
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.plumbing.studio import home
from core.errors import (
    BusyError,
    ConflictError,
    CorruptArtifactError,
    DiskFullError,
    InputError,
    NotFoundError,
    TooManyError,
    TunewrightError,
    UnavailableError,
)
from core.full_disk import disk_full, means_full_disk
from core.serving.bounded_route import problems_of

_STATUS = {
    InputError: 422,
    NotFoundError: 404,
    ConflictError: 409,
    CorruptArtifactError: 422,
    TooManyError: 429,
    UnavailableError: 503,
    DiskFullError: 507,
}


def error_response(status: int, message: str, remedy: str = "", kind: str = "error") -> JSONResponse:
    """The body of every failure."""
    headers = {"Retry-After": "5"} if kind == BusyError.__name__ else None
    return JSONResponse({"error": {"message": message, "remedy": remedy, "type": kind}}, status, headers)


def add_error_handlers(api: FastAPI) -> None:
    """Make every expected failure of `api` answer in that shape."""

    @api.exception_handler(TunewrightError)
    async def expected(_request: Request, error: TunewrightError) -> JSONResponse:
        status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
        return error_response(status, error.message, error.remedy, type(error).__name__)

    @api.exception_handler(OSError)
    async def full(request: Request, error: OSError) -> JSONResponse:
        """A disk that was full where nobody thought of it."""
        if not means_full_disk(error):
            raise error
        return await expected(request, disk_full(home()))

    @api.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        status = 400 if request.url.path.startswith("/v1/") else 422  # as OpenAI's clients expect
        message = f"This request cannot be used: {problems_of(error)}"
        return error_response(status, message, "See /docs for what it takes.", "InputError")

    @api.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return error_response(error.status_code, str(error.detail), "See /docs for what there is.", "HTTPError")
