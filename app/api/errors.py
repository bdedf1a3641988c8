"""The studio's error handlers: those of every server here, and one for a full disk that no use case expected."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.plumbing.studio import home
from core.full_disk import disk_full, means_full_disk
from core.serving import errors


def add_error_handlers(api: FastAPI) -> None:
    """Make every expected failure of `api` a response with message and remedy."""
    errors.add_error_handlers(api)

    @api.exception_handler(OSError)
    async def full(_request: Request, error: OSError) -> JSONResponse:
        if not means_full_disk(error):
            raise error
        full = disk_full(home())
        return errors.error_response(errors.status_of(full), full.message, full.remedy, type(full).__name__)
