"""The route class of both REST interfaces: refuses requests whose texts and numbers break the limits of `core.values`.

The refusal is an ordinary validation error that names the field.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from core.values import LONGEST_NAME, LONGEST_TEXT, UnfitError, check, mended

MOST_QUERY_VALUES = 1000
MOST_TEXTS = 50_000
"""Texts in one JSON body, names of fields counted alike: 10,000 changes of a dataset have fewer."""
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A text of JSON; without its end it takes all that follows, or each of its quotes would be tried for a beginning."""
_MOST_PROBLEMS = 10
_LONGEST_PROBLEM = 300
_AT_ONCE_BYTES = 64 << 10
"""A longer body is read in a thread, while others are answered."""


class BoundedRoute(APIRoute):
    """Looks at the query and the JSON body as they come, and at every value as the endpoint is to get it."""

    def __init__(self, path: str, endpoint: Callable, **options: Any):
        super().__init__(path, self._checked(endpoint), **options)

    def get_route_handler(self) -> Callable:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            _check_query(request.scope["query_string"])
            read = _ReadRequest(request.scope, request.receive)
            if self.body_field:
                body = await read.body()
                at_once = len(body) <= _AT_ONCE_BYTES
                read.value = _read(body) if at_once else await run_in_threadpool(_read, body)
            return await handle(read)

        return bounded

    def _checked(self, endpoint: Callable) -> Callable:
        """`endpoint`, given nothing that is unfit: what was text in the request may have become a number by now."""

        @wraps(endpoint)
        async def waited_for(**values: Any) -> Any:
            self._check(values)
            return await endpoint(**values)

        @wraps(endpoint)
        def called(**values: Any) -> Any:
            self._check(values)
            return endpoint(**values)

        return waited_for if iscoroutinefunction(endpoint) else called

    def _check(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name in [field.name for field in self.dependant.path_params]:
                _check(value, ["path", name], LONGEST_NAME)
            elif name in [field.name for field in self.dependant.query_params]:
                _check(value, ["query"] if isinstance(value, BaseModel) else ["query", name], LONGEST_NAME)
            elif isinstance(value, BaseModel):
                _check(value, ["body"], LONGEST_TEXT)


class _ReadRequest(Request):
    """A request whose JSON has been read."""

    value: Any = None

    async def json(self) -> Any:
        return self.value


def problems_of(error: RequestValidationError, from_place: int = 0) -> str:
    """What is wrong with a request, each problem behind the name of its field, from that part of its place on."""
    errors = error.errors()
    told = [_problem(item, from_place) for item in errors[:_MOST_PROBLEMS]]
    if more := len(errors) - len(told):
        told.append(f"and {more:,} more")
    return mended("; ".join(told))


def _problem(item: dict, from_place: int) -> str:
    place = ".".join(str(part) for part in item["loc"][from_place:])
    words = item["msg"].removeprefix("Value error, ")
    return ": ".join(part[:_LONGEST_PROBLEM] for part in (place, words) if part)


def _check_query(query: bytes) -> None:
    asked = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
    if len(asked) > MOST_QUERY_VALUES:
        ((name, count),) = Counter(name for name, _ in asked).most_common(1)
        problem = f"it is given {count:,} times; there may be {MOST_QUERY_VALUES:,} values in all"
        raise _refused(["query", name], problem)
    for name, value in asked:
        _check({name: value}, ["query"], LONGEST_NAME)


def _read(body: bytes) -> Any:
    """The value of a JSON text, None of an empty one. Raises RequestValidationError.

    Texts are counted before it is read: what a process holds at its height it never quite gives back.
    """
    if sum(1 for _ in islice(_TEXT.finditer(body), MOST_TEXTS + 1)) > MOST_TEXTS:
        raise _refused(["body"], f"there are more than {MOST_TEXTS:,} texts in it")
    try:
        value = json.loads(body, parse_int=_whole_number) if body else None
    except json.JSONDecodeError as error:
        raise _refused(["body", error.pos], f"this is no JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise _refused(["body"], "this is not UTF-8") from None
    except RecursionError:
        raise _refused(["body"], "it is nested too deeply") from None
    _check(value, ["body"], LONGEST_TEXT)
    return value


def _whole_number(digits: str) -> int:
    return int(digits[:40])  # what is longer is too large all the same, and Python reads no more than 4,300 digits


def _check(value: object, place: list[str], longest: int) -> None:
    try:
        check(value, longest)
    except UnfitError as error:
        raise _refused([*place, *error.place], error.problem) from None


def _refused(place: list[str | int], problem: str) -> RequestValidationError:
    return RequestValidationError([{"type": "unfit", "loc": tuple(place), "msg": problem, "input": None}])
