"""Parses CSV with any delimiter and any style of quotes."""

import csv
import io

from core.data.reading.limits import ROW_BYTES

RECORDS_LOOKED_AT = 50
_DOUBLED, _ESCAPED, _BARE = {}, {"doublequote": False, "escapechar": "\\"}, {"quoting": csv.QUOTE_NONE}


def records_of(head: str, delimiter: str) -> list[list[str]]:
    """The first records of a text."""
    return _parsed(head, delimiter, style_of(head, delimiter))[0]


def style_of(head: str, delimiter: str) -> dict[str, object]:
    """How quotes inside cells are written: doubled, after a backslash, or, with tabs, like any other character."""
    if '"' not in head:
        return _DOUBLED
    if delimiter == "\t" and _has_bare_quotes(head):
        return _BARE
    if '\\"' in head and not _is_sound(*_parsed(head, delimiter, _DOUBLED)):
        return _ESCAPED if _is_sound(*_parsed(head, delimiter, _ESCAPED)) else _DOUBLED
    return _DOUBLED


def _has_bare_quotes(head: str) -> bool:
    """Whether a tab-separated table has quotes that are neither doubled nor enclosing."""
    records, _ = _parsed(head, "\t", _BARE)
    if not _is_sound(records, False) or len(records[0]) == 1:
        return False
    return any('"' in cell and not cell.startswith('"') for record in records for cell in record)


def _is_sound(records: list[list[str]], is_broken: bool) -> bool:
    whole = records[:-1] if len(records) < RECORDS_LOOKED_AT else records  # the last may continue beyond the head
    return not is_broken and len(records) > 1 and len(set(map(len, whole))) == 1


def _parsed(head: str, delimiter: str, style: dict[str, object]) -> tuple[list[list[str]], bool]:
    """The first records, and whether a malformed one ended them."""
    records, is_broken = [], False
    try:
        for record in reader_of(io.StringIO(head, newline=""), delimiter, style):
            if record:
                records.append(record)
            if len(records) == RECORDS_LOOKED_AT:
                break
    except csv.Error as error:  # a malformed row, reported when it is read; or the head ends inside a row
        is_broken = "end of data" not in str(error)
    return records, is_broken


def reader_of(lines, delimiter: str, style: dict[str, object]):
    """A strict CSV reader of lines of text."""
    csv.field_size_limit(ROW_BYTES)  # a cell may hold a whole document
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t", **style)
