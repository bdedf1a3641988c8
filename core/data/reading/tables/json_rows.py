"""Rows of JSON: lines, an array, concatenated objects, or an array inside an object. Holds one row at a time."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import FORMATS_READ, Encoding
from core.data.reading.exports import rows_of_export
from core.data.reading.tables.json_columns import SPLIT_NAMES, rows_in, with_names
from core.data.reading.tables.json_lines import is_lines, lines_of, row_of
from core.data.reading.tables.json_spans import Span, spans_of
from core.data.reading.tables.json_text import JsonText
from core.errors import InputError
from core.examples.roles import count_known

_ROWS_LOOKED_AT_FOR_COLUMNS = 100
_ARRAY = re.compile(r"\[\s*([\[{\"\]]|$)")
_OF_ONE = frozenset({"participants", "chat_messages", "annotations", "replies", "qas"})
"""Lists under these names are part of the object, not rows of their own."""


def looks_like_json(head: str, has_suffix: bool) -> bool:
    """Whether a text that begins with `head` is meant as JSON."""
    return head.startswith("{") or (head.startswith("[") and (has_suffix or bool(_ARRAY.match(head))))


class OpenedJson(NamedTuple):
    """The form, columns and rows of JSON data."""

    form: str
    columns: list[str]
    rows: Iterator[tuple]
    spans: Iterator[Span | list[tuple]] | None
    """The same rows as spans of the file, where possible; rows only for lines too long for a span."""


def open_json(content: Content, encoding: Encoding) -> OpenedJson:
    """The JSON's form and rows. Raises InputError that names the line and row; so do the rows."""
    form, rows, spans = "JSON lines", lines_of(content, encoding), spans_of(content, encoding)
    if not is_lines(content, encoding):
        form, rows, spans = "JSON", _document(content, encoding), None
    head = list(islice(rows, _ROWS_LOOKED_AT_FOR_COLUMNS))
    if not head:
        raise InputError(f"{content.name} is an empty JSON array: there is no row 1.", FORMATS_READ)
    columns = list(dict.fromkeys(str(column) for row in head for column in row[1]))
    if not columns:
        raise InputError(
            f"{content.name} is JSON, but its rows are not objects with named values, from row {head[0][0]} on.",
            FORMATS_READ,
        )
    return OpenedJson(form, columns, chain(head, rows), spans)


def _document(content: Content, encoding: Encoding) -> Iterator[tuple]:
    text = JsonText(content, encoding)
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


def _object(text: JsonText, number: int) -> Iterator[tuple[int, object]]:
    """One object: an example, or a wrapper around a list of examples or one list for each split."""
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
