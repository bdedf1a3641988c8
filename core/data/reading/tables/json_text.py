"""Parses JSON text as it is read, value by value."""

import json
import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import FORMATS_READ, Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.tables.json_lines import too_large
from core.errors import InputError

_PIECE = 1 << 20
_LONGEST_TOKEN = 16
_FIRST_ITEM = re.compile(r"\[\s*(\S)")


class JsonText:
    """A streaming JSON parser that holds only the unparsed part of the text."""

    def __init__(self, content: Content, encoding: Encoding):
        self._file = encoding.open(content)
        self._name = content.name
        self._decoder = json.JSONDecoder()
        self._text, self._place, self._ended = "", 0, False
        self._lines, self._column = 0, 0  # of the text already dropped

    def peek(self) -> str:
        """The next character other than white space, or "" at the end."""
        while True:
            self._place = json.decoder.WHITESPACE.match(self._text, self._place).end()
            if self._place < len(self._text) or self._ended:
                return self._text[self._place : self._place + 1]
            self._read_on(1)

    def value(self, number: int) -> object:
        """The next value, which belongs to row `number`. Raises InputError where it is malformed."""
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
                    f"Row {number} of {self._name} cannot be read as JSON: {error}.", "Correct or remove it."
                ) from None
            else:
                if end < len(self._text) or self._ended:
                    self._place = end
                    return item
            self._read_on(number)

    def items(self, number: int) -> Iterator[tuple[int, object]]:
        """The items of the array that starts here, numbered from `number`."""
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
        """The keys of the object that starts here; the caller must read each value before the next key."""
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
        """Whether the next value is an array that starts with an object."""
        if self.peek() != "[":
            return False
        while not (match := _FIRST_ITEM.match(self._text, self._place)):
            if self._ended:
                return False
            self._read_on(1)
        return match[1] == "{"

    def _read_on(self, number: int) -> None:
        """Read more text: at least doubles what is held, so that a long value is not parsed over and over."""
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
        """The error for malformed JSON, with its line and column."""
        place = self._place if place is None else place
        before = self._text[:place]
        line = self._lines + before.count("\n") + 1
        column = place - (before.rfind("\n") + 1) + 1 + (0 if "\n" in before else self._column)
        return InputError(
            f"{self._name} is not valid JSON: at line {line}, column {column} (row {number}): "
            f"{message[0].lower()}{message[1:]}.",
            f"Correct it there, or save the data as CSV. {FORMATS_READ}",
        )
