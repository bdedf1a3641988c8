"""Values from any file in what JSON can say, so that they can be sent on, stored and shown."""

import math

from core.examples.drops import Drop

DEEPEST = 200
"""Values within values."""


def as_text(value: object) -> object:
    """What Parquet and Excel know beyond JSON."""
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None  # a picture or a sound: nothing to learn from as text
    return list(value) if isinstance(value, (set, frozenset)) else str(value)


def jsonable_row(row: tuple) -> tuple:
    """A row of which every value can be said, or the reason why there is none: it is too deep."""
    number, values, *problem = row
    try:
        return (number, _jsonable(values, 0), *problem)
    except RecursionError:
        return (number, {}, Drop.NOT_JSON)


def _jsonable(value: object, depth: int) -> object:
    """`value` in what JSON can say: no halves of characters, no numbers that are none."""
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
