"""Splits JSON lines into spans of bytes, so that other processes can parse them."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.tables.json_lines import has_plain_lines, row_of, row_of_unusual_line, too_large
from core.data.reading.tables.jsonable import DEEPEST, jsonable_row

_SPAN, _LARGEST_SPAN = 256 << 10, 2 << 20
_FLAT = frozenset({str, int, float, bool, type(None)})


class Span(NamedTuple):
    """A piece of a file of JSON lines, in whole lines."""

    start: int
    """The offset of its first byte."""
    size: int
    first: int
    """The number of its first line."""
    last: int


def spans_of(content: Content, encoding: Encoding) -> Iterator[Span | list[tuple]] | None:
    """The file in spans, or rows where a line is too long for one; None where it cannot be split as bytes."""
    if content.path and encoding.name == "utf-8" and has_plain_lines(content, encoding):
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


def rows_of_lines(data: bytes, first: int) -> list[tuple]:
    """The rows in whole lines of UTF-8, numbered from `first`."""
    whole = data.removesuffix(b"\n")
    count = whole.count(b"\n") + 1
    try:  # one parse is much faster; a 0 between the lines proves that each line is one value
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
                yield jsonable_row(row_of_unusual_line(number, line))
            continue
        row = row_of(number, item)
        yield row if line.count(b"[") + line.count(b"{") <= DEEPEST else jsonable_row(row)
