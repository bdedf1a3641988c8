"""JSON in columns: valid for every reader when written, and always an object when read."""

import json
import math
import re

from core.values import mended

_SHOWN_UNREADABLE = 200
_NOT_PLAIN = re.compile(r"\\u[dD][89a-fA-F]|NaN|Infinity")


def to_json(value: object) -> str:
    """JSON that every parser accepts: null for NaN and infinity, U+FFFD for lone surrogates, `str()` for the rest."""
    return json.dumps(_plain(value), default=str)


def from_json(text: str) -> dict:
    """The object in a JSON text, cleaned as by `to_json`. Anything else reads as `{"unreadable": …}`, so that one bad
    row does not break its list."""
    try:
        value = json.loads(text)
        value = _plain(value) if _NOT_PLAIN.search(text) else value
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"unreadable": text[:_SHOWN_UNREADABLE]}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {mended(key) if isinstance(key, str) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if type(value) is str:
        return mended(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
