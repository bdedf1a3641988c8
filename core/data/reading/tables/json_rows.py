"""Rows of JSON: lines, an array, objects one after another, or an array under a name. Never more than a row at once."""

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding
from core.data.reading.exports import rows_of_export
from core.data.reading.limits import ROW_BYTES
from core.data.reading.tables.json_columns import SPLIT_NAMES, rows_in, with_names
from core.data.reading.tables.json_lines import Span, is_lines, lines_of, row_of, spans_of, too_large
from core.errors import InputError
from core.examples.roles import count_known

_ROWS_LOOKED_AT_FOR_COLUMNS = 100
_PIECE = 1 << 20
_LONGEST_TOKEN = 16
_ARRAY = re.compile(r"\[\s*([\[{\"\]]|$)")
_OF_ONE = frozenset({"participants", "chat_messages", "annotations", "replies", "qas"})
"""Lists under these names belong to what else stands in the object: they are not rows of their own."""
_FIRST_ITEM = re.compile(r"\[\s*(\S)")


def looks_like_json(head: str, is_named_so: bool) -> bool:
    """Whether a text that begins with `head` means to be JSON."""
    return head.startswith("{") or (head.startswith("[") and (is_named_so or bool(_ARRAY.match(head))))


class OpenedJson(NamedTuple):
    """What JSON was found to be."""

    form: str
    columns: list[str]
    rows: Iterator[tuple]
    spans: Iterator[Span | list[tuple]] | None
    """The same rows as pieces of the file, where it can be cut; rows where one is too long for a piece."""


def open_json(content: Content, encoding: Encoding) -> OpenedJson:
    """What the JSON is, and its rows. Raises InputError that names line and row; so do the rows."""
    form, rows, spans = "JSON lines", lines_of(content, encoding), spans_of(content, encoding)
    if not is_lines(content, encoding):
        form, rows, spans = "JSON", _document(content, encoding), None
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
            yield row_of(place, item)
            number = place


def _object(text: "_Text", number: int) -> Iterator[tuple[int, object]]:
    """One object: an example of its own, or a wrapper of one list of examples or one for each split."""
    whole, wraps, is_known = {}, False, False
    for key in text.keys(number):
        is_known = is_known or key in _OF_ONE or bool(count_known([key]))
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
        yield from enumerate(rows_of_export(whole) or rows_in(whole), start=number)


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
            raise too_large(self._name, number)
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
