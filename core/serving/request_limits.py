"""Applies the limits of `core.values` to the query and the JSON body of a request.

A request that breaks one fails as an ordinary validation error that names the field.
"""

import json
import re
from collections import Counter
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError

from core.values import LONGEST_NAME, LONGEST_TEXT, UnfitError, check

MOST_QUERY_VALUES = 1000
MOST_TEXTS = 50_000
"""Texts in one JSON body, field names included: 10,000 changes to a dataset need fewer."""
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A JSON string. An unterminated one matches to the end, or the search would start again at each of its quotes."""


def check_query(query: bytes) -> None:
    """Raise RequestValidationError for a query string with too many values, or with text that is too long."""
    values = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
    if len(values) > MOST_QUERY_VALUES:
        ((name, count),) = Counter(name for name, _ in values).most_common(1)
        problem = f"it appears {count:,} times; a query may have {MOST_QUERY_VALUES:,} values in all"
        raise _refused(["query", name], problem)
    for name, value in values:
        check_value({name: value}, ["query"], LONGEST_NAME)


def read_json(body: bytes) -> Any:
    """The value of a JSON body; None if it is empty. Raises RequestValidationError.

    Strings are counted before parsing: a process never quite returns the memory of its peak.
    """
    if sum(1 for _ in islice(_TEXT.finditer(body), MOST_TEXTS + 1)) > MOST_TEXTS:
        raise _refused(["body"], f"it has more than {MOST_TEXTS:,} texts")
    try:
        value = json.loads(body, parse_int=_whole_number) if body else None
    except json.JSONDecodeError as error:
        raise _refused(["body"], f"this is not JSON: {error.msg} at character {error.pos}") from None
    except UnicodeDecodeError:
        raise _refused(["body"], "this is not UTF-8") from None
    except RecursionError:
        raise _refused(["body"], "it is nested too deeply") from None
    check_value(value, ["body"], LONGEST_TEXT)
    return value


def _whole_number(digits: str) -> int:
    return int(digits[:40])  # anything longer is refused anyway, and Python parses at most 4,300 digits


def check_value(value: object, place: list[str], longest: int) -> None:
    """Raise RequestValidationError if `value`, at `place` in the request, breaks a limit of `core.values`."""
    try:
        check(value, longest)
    except UnfitError as error:
        raise _refused([*place, *error.place], error.problem) from None


def _refused(place: list[str | int], problem: str) -> RequestValidationError:
    return RequestValidationError([{"type": "unfit", "loc": tuple(place), "msg": problem, "input": None}])
