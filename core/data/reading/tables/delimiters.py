"""Detects the delimiter of a table: comma, semicolon, tab or bar."""

from collections import Counter

from core.data.reading.tables.csv_parsing import RECORDS_LOOKED_AT, records_of
from core.data.reading.tables.headers import are_names, header_place
from core.examples.roles import count_known

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LONGEST_COLUMN_NAME = 60
_FEW_RECORDS = 3
_ALIKE = 0.8


def delimiter_of(head: str, has_suffix: bool) -> str | None:
    """The delimiter of a text that begins with `head`; None if it is not a table.

    `has_suffix`: whether the file name says that it is a table, so that a single column will do.
    """
    if not has_suffix and _has_as_many_tabs_in_each_line(head):
        return "\t"
    delimiter = max(DELIMITERS, key=lambda mark: _promise(head, mark))
    records = _table(head, delimiter)
    if (
        not records or not has_suffix and records[0] != records_of(head, delimiter)[0]
    ):  # a title above the header would be prose
        return None
    header = [cell.strip() for cell in records[0]]
    alike = sum(len(record) == len(header) for record in records)
    if has_suffix and len(header) > 1 and not are_names(header):
        return delimiter if len(records) > 1 and alike >= len(records) * _ALIKE else None
    if max(map(len, header)) > _LONGEST_COLUMN_NAME or not any(header):
        return None
    known = count_known(header)
    looks_like_names = len(set(header)) == len(header) and not any(cell.endswith((".", "!", "?")) for cell in header)
    if has_suffix:
        return delimiter if known or len(header) > 1 or looks_like_names and len(records) > 1 else None
    is_quoted = head.lstrip("\ufeff").partition("\n")[2].startswith('"')
    if (
        known > 1
        or (known and is_quoted)
        or (len(header) > 1 and looks_like_names and len(records) > 2 and alike >= len(records) * _ALIKE)
    ):
        return delimiter
    return None


def _has_as_many_tabs_in_each_line(head: str) -> bool:
    """Whether every line has the same number of tabs, which prose never has."""
    lines = [line for line in head.splitlines()[:-1] if line.strip()][:RECORDS_LOOKED_AT]
    return len(lines) > _FEW_RECORDS and len({line.count("\t") for line in lines}) == 1 and "\t" in lines[0].strip()


def _promise(head: str, delimiter: str) -> tuple[int, int, int, int]:
    """How likely this is the delimiter: known column names, rows of equal length, number of columns.

    For a single column, the delimiter that does not occur in its texts wins.
    """
    records = _table(head, delimiter)
    if not records:
        return 0, 0, 0, 0
    width = len(records[0])
    alike = Counter(map(len, records))[width]
    return count_known(records[0]), alike if width > 1 else 0, width, alike


def _table(head: str, delimiter: str) -> list[list[str]]:
    """The header and the first rows below it."""
    records = records_of(head, delimiter)
    return records[header_place(records) :]
