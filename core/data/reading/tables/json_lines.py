"""Rows of JSON lines. Whole lines of a file may be parsed by others than who finds out what they are."""

import json
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import orjson

from core.data.reading.content import Content
from core.data.reading.encoding import Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.tables.jsonable import DEEPEST, jsonable_row
from core.errors import InputError
from core.examples.drops import Drop

_LINES_LOOKED_AT = 5
_LINE_LOOKED_AT = 1 << 22
_SPAN, _LARGEST_SPAN = 256 << 10, 2 << 20
_FLAT = frozenset({str, int, float, bool, type(None)})


class Span(NamedTuple):
    """A piece of a file of JSON lines, to be parsed by whoever works on the rows."""

    start: int
    """Its first byte."""
    size: int
    first: int
    """The number of its first line."""
    last: int


def is_lines(content: Content, encoding: Encoding) -> bool:
    """Whether one of the first lines is an object of its own, and not all there is."""
    first = []
    with encoding.open(content, is_counted=False) as file:
        while len(first) < _LINES_LOOKED_AT and (line := file.readline(_LINE_LOOKED_AT)):
            if line.strip():
                first.append(line)
            if not line.endswith(("\n", "\r")):
                break  # the end, or longer than the lines of most files: then it is read value by value
    return len(first) > 1 and any(_is_object(line) for line in first)


def _is_object(line: str) -> bool:
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def lines_of(content: Content, encoding: Encoding) -> Iterator[tuple]:
    """The rows in the lines of a content. Raises InputError for one that is too large."""
    is_plain = _has_plain_lines(content, encoding)
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
                yield _row_of_unusual_line(number, line)
            continue
        yield row_of(number, item)


def _has_plain_lines(content: Content, encoding: Encoding) -> bool:
    """Whether lines can be told in the bytes; those of an old Mac only text knows."""
    return encoding.is_plain_utf8 and b"\n" in content.head(_LINE_LOOKED_AT)


def spans_of(content: Content, encoding: Encoding) -> Iterator[Span | list[tuple]] | None:
    """The same rows as pieces of the file, or rows where one is too long for a piece; None where it cannot be cut."""
    if content.path and encoding.name == "utf-8" and _has_plain_lines(content, encoding):
        return _spans(content)
    return None


def _spans(content: Content) -> Iterator[Span | list[tuple]]:
    file, start, first = content.open(), 0, 1
    while piece := file.read(_SPAN):
        end_of_line = file.readline(ROW_BYTES) if not piece.endswith(b"\n") else b""
        if len(end_of_line) >= ROW_BYTES:
            raise too_large(content.name, first + piece.count(b"\n"))
        piece += end_of_line
        last = first + piece.count(b"\n") - piece.endswith(b"\n")
        if len(piece) <= _LARGEST_SPAN:
            yield Span(start, len(piece), first, last)
        elif rows := rows_of_lines(piece, first):
            yield rows
        start, first = start + len(piece), last + 1


def _row_of_unusual_line(number: int, line: str | bytes) -> tuple:
    """What Python's parser takes and the fast one does not: NaN, halves of characters."""
    try:
        return row_of(number, json.loads(line))
    except (ValueError, RecursionError):
        return number, {}, Drop.NOT_JSON


def row_of(number: int, item: object) -> tuple:
    """An item as a row, or the reason why it is none."""
    return (number, item) if isinstance(item, dict) else (number, {}, Drop.NOT_AN_OBJECT)


def too_large(name: str, number: int) -> InputError:
    """The error of a row that is larger than any may be."""
    return InputError(
        f"Row {number} of {name} is larger than {ROW_BYTES >> 20} MB.", "Cut it into smaller rows, or remove it."
    )


def rows_of_lines(data: bytes, first: int) -> list[tuple]:
    """The rows in whole lines of UTF-8, of which the first has that number."""
    whole = data.removesuffix(b"\n")
    count = whole.count(b"\n") + 1
    try:  # all at once, which is much faster; a number between the lines shows whether each was one object
        items = orjson.loads(b"[%s]" % whole.replace(b"\n", b",0,"))
    except orjson.JSONDecodeError:
        return list(_line_by_line(data, first))
    rows = items[::2]
    if len(rows) == count and items[1::2] == [0] * (count - 1) and all(map(_is_plain_row, rows)):
        return list(zip(range(first, first + count), rows, strict=True))
    return list(_line_by_line(data, first))


def _is_plain_row(item: object) -> bool:
    return item.__class__ is dict and _FLAT.issuperset(map(type, item.values()))


def _line_by_line(data: bytes, first: int) -> Iterator[tuple]:
    for number, line in enumerate(data.split(b"\n"), start=first):
        try:
            item = orjson.loads(line)
        except orjson.JSONDecodeError:
            if line.strip():
                yield jsonable_row(_row_of_unusual_line(number, line))
            continue
        row = row_of(number, item)
        yield row if line.count(b"[") + line.count(b"{") <= DEEPEST else jsonable_row(row)
