"""The route class of both REST APIs: every request passes the limits of `core.serving.request_limits`."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from core.serving.request_limits import check_query, check_value, read_json
from core.values import LONGEST_NAME, LONGEST_TEXT

_AT_ONCE_BYTES = 64 << 10
"""A longer body is parsed in a thread, so that other requests are answered meanwhile."""


class BoundedRoute(APIRoute):
    """Checks the raw query and JSON body, and then every converted value that the endpoint gets."""

    def __init__(self, path: str, endpoint: Callable, **options: Any):
        super().__init__(path, self._checked(endpoint), **options)

    def get_route_handler(self) -> Callable:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            check_query(request.scope["query_string"])
            read = _ReadRequest(request.scope, request.receive)
            if self.body_field:
                body = await read.body()
                at_once = len(body) <= _AT_ONCE_BYTES
                read.value = read_json(body) if at_once else await run_in_threadpool(read_json, body)
            return await handle(read)

        return bounded

    def _checked(self, endpoint: Callable) -> Callable:
        """`endpoint` with its arguments checked: pydantic may have turned a text into a number."""

        @wraps(endpoint)
        async def asynchronous(**values: Any) -> Any:
            self._check(values)
            return await endpoint(**values)

        @wraps(endpoint)
        def synchronous(**values: Any) -> Any:
            self._check(values)
            return endpoint(**values)

        return asynchronous if iscoroutinefunction(endpoint) else synchronous

    def _check(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name in [field.name for field in self.dependant.path_params]:
                check_value(value, ["path", name], LONGEST_NAME)
            elif name in [field.name for field in self.dependant.query_params]:
                check_value(value, ["query"] if isinstance(value, BaseModel) else ["query", name], LONGEST_NAME)
            elif isinstance(value, BaseModel):
                check_value(value, ["body"], LONGEST_TEXT)


class _ReadRequest(Request):
    """A request with its JSON already parsed."""

    value: Any = None

    async def json(self) -> Any:
        return self.value
