"""Rows of JSON lines."""

import json
from collections.abc import Iterator
from functools import partial

import orjson

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.limits import ROW_BYTES
from core.errors import InputError
from core.examples.drops import Drop

_LINES_LOOKED_AT = 5
_LINE_LOOKED_AT = 1 << 22


def is_lines(content: Content, encoding: Encoding) -> bool:
    """Whether one of the first lines is a whole object, and there is more than one line."""
    first = []
    with encoding.open(content, is_counted=False) as file:
        while len(first) < _LINES_LOOKED_AT and (line := file.readline(_LINE_LOOKED_AT)):
            if line.strip():
                first.append(line)
            if not line.endswith(("\n", "\r")):
                break  # the end, or a line too long to look at: read value by value instead
    return len(first) > 1 and any(_is_object(line) for line in first)


def _is_object(line: str) -> bool:
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def lines_of(content: Content, encoding: Encoding) -> Iterator[tuple]:
    """The rows of a file, one per line. Raises InputError for a line that is too large."""
    is_plain = has_plain_lines(content, encoding)
    file = content.open() if is_plain else encoding.open(content)
    if encoding.name == "utf-8-sig" and is_plain:
        file.read(3)
    for number, line in enumerate(iter(partial(file.readline, ROW_BYTES), file.read(0)), start=1):
        try:
            item = orjson.loads(line)
        except orjson.JSONDecodeError:
            if len(line) >= ROW_BYTES:
                raise too_large(content.name, number) from None
            if line.strip():
                yield row_of_unusual_line(number, line)
            continue
        yield row_of(number, item)


def has_plain_lines(content: Content, encoding: Encoding) -> bool:
    """Whether lines can be split as bytes; a lone CR as the line end needs decoded text."""
    return encoding.is_plain_utf8 and b"\n" in content.head(_LINE_LOOKED_AT)


def row_of_unusual_line(number: int, line: str | bytes) -> tuple:
    """Parse what Python's parser accepts and orjson does not: NaN and lone surrogates."""
    try:
        return row_of(number, json.loads(line))
    except (ValueError, RecursionError):
        return number, {}, Drop.NOT_JSON


def row_of(number: int, item: object) -> tuple:
    """An item as a row, or the reason why it cannot be one."""
    return (number, item) if isinstance(item, dict) else (number, {}, Drop.NOT_AN_OBJECT)


def too_large(name: str, number: int) -> InputError:
    """The error for a row above the size limit."""
    return InputError(
        f"Row {number} of {name} is larger than {ROW_BYTES >> 20} MB.", "Cut it into smaller rows, or remove it."
    )
