"""Rows of JSON: lines, an array, objects one after another, or an array under a name. Never more than a row at once."""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

import orjson

from core.data.drops import Drop
from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding
from core.data.reading.json_columns import SPLIT_NAMES, rows_in, with_names
from core.data.reading.jsonable import DEEPEST, jsonable_row
from core.data.reading.limits import ROW_BYTES
from core.data.shapes import count_known
from core.errors import InputError

_ROWS_LOOKED_AT_FOR_COLUMNS = 100
_LINES_LOOKED_AT = 5
_LINE_LOOKED_AT = 1 << 22
_PIECE = 1 << 20
_SPAN, _LARGEST_SPAN = 256 << 10, 2 << 20
_LONGEST_TOKEN = 16
_FLAT = frozenset({str, int, float, bool, type(None)})
_ARRAY = re.compile(r"\[\s*([\[{\"\]]|$)")
_FIRST_ITEM = re.compile(r"\[\s*(\S)")


def looks_like_json(head: str, is_named_so: bool) -> bool:
    """Whether a text that begins with `head` means to be JSON."""
    return head.startswith("{") or (head.startswith("[") and (is_named_so or bool(_ARRAY.match(head))))


class Span(NamedTuple):
    """A piece of a file of JSON lines, to be parsed by whoever works on the rows."""

    start: int
    """Its first byte."""
    size: int
    first: int
    """The number of its first line."""
    last: int


class OpenedJson(NamedTuple):
    """What JSON was found to be."""

    form: str
    columns: list[str]
    rows: Iterator[tuple]
    spans: Iterator[Span | list[tuple]] | None
    """The same rows as pieces of the file, where it can be cut; rows where one is too long for a piece."""


def open_json(content: Content, encoding: Encoding) -> OpenedJson:
    """What the JSON is, and its rows. Raises InputError that names line and row; so do the rows."""
    form, rows, spans = "JSON lines", _lines(content, encoding), None
    if not _is_lines(content, encoding):
        form, rows = "JSON", _document(content, encoding)
    elif content.path and encoding.name == "utf-8" and _has_plain_lines(content, encoding):
        spans = _spans(content)
    head = list(islice(rows, _ROWS_LOOKED_AT_FOR_COLUMNS))
    if not head:
        raise InputError(f"{content.name} is an empty JSON array: it holds no row 1.", FORMATS_READ)
    columns = list(dict.fromkeys(str(column) for row in head for column in row[1]))
    if not columns:
        raise InputError(
            f"{content.name} is JSON, but its rows are not objects with named values, from row {head[0][0]} on.",
            FORMATS_READ,
        )
    return OpenedJson(form, columns, chain(head, rows), spans)


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
        row = _row_of(number, item)
        yield row if line.count(b"[") + line.count(b"{") <= DEEPEST else jsonable_row(row)


# --- lines


def _is_lines(content: Content, encoding: Encoding) -> bool:
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


def _lines(content: Content, encoding: Encoding) -> Iterator[tuple]:
    is_plain = _has_plain_lines(content, encoding)
    file = content.open() if is_plain else encoding.open(content)
    if encoding.name == "utf-8-sig" and is_plain:
        file.read(3)
    for number, line in enumerate(iter(partial(file.readline, ROW_BYTES), file.read(0)), start=1):
        try:
            item = orjson.loads(line)
        except orjson.JSONDecodeError:
            if len(line) >= ROW_BYTES:
                raise _too_large(content.name, number) from None
            if line.strip():
                yield _row_of_unusual_line(number, line)
            continue
        yield _row_of(number, item)


def _has_plain_lines(content: Content, encoding: Encoding) -> bool:
    """Whether lines can be told in the bytes; those of an old Mac only text knows."""
    return encoding.is_plain_utf8 and b"\n" in content.head(_LINE_LOOKED_AT)


def _spans(content: Content) -> Iterator[Span | list[tuple]]:
    file, start, first = content.open(), 0, 1
    while piece := file.read(_SPAN):
        end_of_line = file.readline(ROW_BYTES) if not piece.endswith(b"\n") else b""
        if len(end_of_line) >= ROW_BYTES:
            raise _too_large(content.name, first + piece.count(b"\n"))
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
        return _row_of(number, json.loads(line))
    except (ValueError, RecursionError):
        return number, {}, Drop.NOT_JSON


def _row_of(number: int, item: object) -> tuple:
    return (number, item) if isinstance(item, dict) else (number, {}, Drop.NOT_AN_OBJECT)


def _too_large(name: str, number: int) -> InputError:
    return InputError(
        f"Row {number} of {name} is larger than {ROW_BYTES >> 20} MB.", "Cut it into smaller rows, or remove it."
    )


# --- documents


def _document(content: Content, encoding: Encoding) -> Iterator[tuple]:
    text = _Text(content, encoding)
    number = 0
    while character := text.peek():
        number += 1
        if character == "[":
            rows = with_names(text.items(number))
        elif character == "{":
            rows = _object(text, number)
        else:
            raise text.error("Expecting an array or an object", number)
        for place, item in rows:
            yield _row_of(place, item)
            number = place


def _object(text: "_Text", number: int) -> Iterator[tuple[int, object]]:
    """One object: an example of its own, or a wrapper of one list of examples or one for each split."""
    whole, wraps, is_known = {}, False, False
    for key in text.keys(number):
        is_known = is_known or bool(count_known([key]))
        if is_known or not text.holds_objects():
            whole[key] = text.value(number)
            continue
        wraps = True
        for place, item in text.items(number):
            if isinstance(item, dict) and (split := SPLIT_NAMES.get(key.lower())):
                item.setdefault("split", split)
            yield place, item
            number = place + 1
    if not wraps:
        yield from enumerate(rows_in(whole), start=number)


class _Text:
    """JSON text of which only what is not parsed yet is held."""

    def __init__(self, content: Content, encoding: Encoding):
        self._file = encoding.open(content)
        self._name = content.name
        self._decoder = json.JSONDecoder()
        self._text, self._place, self._ended = "", 0, False
        self._lines, self._column = 0, 0  # of what was let go

    def peek(self) -> str:
        """The next character that is no white space, or nothing at the end."""
        while True:
            self._place = json.decoder.WHITESPACE.match(self._text, self._place).end()
            if self._place < len(self._text) or self._ended:
                return self._text[self._place : self._place + 1]
            self._read_on(1)

    def value(self, number: int) -> object:
        """The next value, which belongs to row `number`."""
        self.peek()
        while True:
            try:
                item, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - _LONGEST_TOKEN
                if self._ended or not is_cut:
                    raise self.error(error.msg, number, error.pos) from None
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"Row {number} of {self._name} cannot be read as JSON: {error}.", "Mend or remove it."
                ) from None
            else:
                if end < len(self._text) or self._ended:
                    self._place = end
                    return item
            self._read_on(number)

    def items(self, number: int) -> Iterator[tuple[int, object]]:
        """The items of the array that begins here, numbered from `number` on."""
        self.peek()
        self._place += 1
        if self.peek() == "]":
            self._place += 1
            return
        while True:
            item = self.value(number)
            mark = self.peek()
            if mark not in (",", "]") or not mark:
                raise self.error("Expecting ',' or ']'", number)
            self._place += 1
            yield number, item
            if mark == "]":
                return
            number += 1

    def keys(self, number: int) -> Iterator[str]:
        """The keys of the object that begins here; the value of each must be taken before the next is asked for."""
        self._place += 1
        if self.peek() == "}":
            self._place += 1
            return
        while True:
            if self.peek() != '"':
                raise self.error("Expecting a name in double quotes", number)
            key = self.value(number)
            if self.peek() != ":":
                raise self.error("Expecting ':'", number)
            self._place += 1
            yield key
            mark = self.peek()
            if mark not in (",", "}") or not mark:
                raise self.error("Expecting ',' or '}'", number)
            self._place += 1
            if mark == "}":
                return

    def holds_objects(self) -> bool:
        """Whether the next value is an array that begins with an object."""
        if self.peek() != "[":
            return False
        while not (match := _FIRST_ITEM.match(self._text, self._place)):
            if self._ended:
                return False
            self._read_on(1)
        return match[1] == "{"

    def _read_on(self, number: int) -> None:
        """More text, at least as much as is held, so that a long value is parsed a few times only."""
        held = len(self._text) - self._place
        if held > ROW_BYTES:
            raise _too_large(self._name, number)
        passed = self._text[: self._place]
        if lines := passed.count("\n"):
            self._lines += lines
            self._column = 0
        self._column += len(passed) - (passed.rfind("\n") + 1)
        more = self._file.read(max(_PIECE, held))
        self._ended = not more
        self._text, self._place = self._text[self._place :] + more, 0

    def error(self, message: str, number: int, place: int | None = None) -> InputError:
        place = self._place if place is None else place
        before = self._text[:place]
        line = self._lines + before.count("\n") + 1
        column = place - (before.rfind("\n") + 1) + 1 + (0 if "\n" in before else self._column)
        return InputError(
            f"{self._name} is not valid JSON: at line {line}, column {column} (row {number}): "
            f"{message[0].lower()}{message[1:]}.",
            f"Mend it there, or save the data as CSV. {FORMATS_READ}",
        )
