"""How failures read over HTTP, for the model server and the studio: one body, and one status for each kind of error.

The body (`{"error": {"message", "remedy", "type"}}`) is also what OpenAI's clients expect.
"""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
from core.serving.disconnects import ClientDisconnectedError
from core.values import mended

RETRY_SECONDS = 5
"""`Retry-After` of a busy server."""
_LONGEST_MESSAGE = 2000
_MOST_PROBLEMS = 10
_LONGEST_PROBLEM = 300
_STATUS = {
    NotFoundError: 404,
    ConflictError: 409,
    InputError: 422,
    CorruptArtifactError: 422,
    TooManyError: 429,
    UnavailableError: 503,
    DiskFullError: 507,
}


def status_of(error: TunewrightError) -> int:
    """The HTTP status of an expected failure; 500 for kinds that the request cannot cause."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def error_body(message: str, remedy: str, kind: str) -> dict:
    """The body of every failure. `message` may quote the request, so it is cut and made encodable."""
    message = message[:_LONGEST_MESSAGE].encode(errors="replace").decode()
    return {"error": {"message": message, "remedy": remedy, "type": kind}}


def error_response(status: int, message: str, remedy: str = "", kind: str = "error") -> JSONResponse:
    """A failure as a response."""
    headers = {"Retry-After": str(RETRY_SECONDS)} if kind == BusyError.__name__ else None
    return JSONResponse(error_body(message, remedy, kind), status, headers)


def add_error_handlers(api: FastAPI, unusable: int | None = None) -> None:
    """Make every expected failure of `api` a response of that form.

    A request that cannot be used gets the status `unusable`; by default 422, and 400 if it is malformed on one of
    OpenAI's routes, as their clients expect.
    """

    @api.exception_handler(TunewrightError)
    async def expected(_request: Request, error: TunewrightError) -> JSONResponse:
        status = unusable if unusable and isinstance(error, InputError) else status_of(error)
        return error_response(status, error.message, error.remedy, type(error).__name__)

    @api.exception_handler(ClientDisconnectedError)
    async def disconnected(_request: Request, _error: ClientDisconnectedError) -> Response:
        return Response(status_code=499)  # nobody reads it

    @api.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        status = unusable or (400 if request.url.path.startswith("/v1/") else 422)
        message = f"This request cannot be used: {_problems(error)}"
        return error_response(status, message, "See /docs for what it takes.", "InputError")

    @api.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        body = error_body(str(error.detail), "See /docs for what there is.", "HTTPError")
        return JSONResponse(body, error.status_code, headers=error.headers)


def _problems(error: RequestValidationError) -> str:
    """What is wrong with a request, each problem after the name of its field."""
    errors = error.errors()
    problems = [_problem(item) for item in errors[:_MOST_PROBLEMS]]
    if more := len(errors) - len(problems):
        problems.append(f"and {more:,} more")
    return mended("; ".join(problems))


def _problem(item: dict) -> str:
    place = item["loc"][1:] or item["loc"]  # the first part is "body", "query" or "path"
    words = item["msg"].removeprefix("Value error, ")
    return ": ".join(part[:_LONGEST_PROBLEM] for part in (".".join(map(str, place)), words) if part)
