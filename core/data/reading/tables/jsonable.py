"""Turns the values of any file into what JSON can represent, so that they can be sent, stored and shown."""

import math

from core.examples.drops import Drop

DEEPEST = 200
"""Levels of nesting."""


def as_text(value: object) -> object:
    """Values of Parquet and Excel that JSON lacks, such as bytes, sets, dates and decimals."""
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None  # a picture or sound, of no use as text
    return list(value) if isinstance(value, (set, frozenset)) else str(value)


def jsonable_row(row: tuple) -> tuple:
    """The row in JSON values, or a reason if it is nested too deeply."""
    number, values, *problem = row
    try:
        return (number, _jsonable(values, 0), *problem)
    except RecursionError:
        return (number, {}, Drop.NOT_JSON)


def _jsonable(value: object, depth: int) -> object:
    """`value` without what JSON lacks: lone surrogates, NaN and infinity, huge integers."""
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_jsonable(str(key), depth): _jsonable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 63 else float(value) if abs(value) < 1 << 1000 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return as_text(value)
