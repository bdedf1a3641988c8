"""Rows of CSV, whatever separates its cells."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from core.data.drops import Drop
from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.shapes import count_known
from core.errors import InputError

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LONGEST_COLUMN_NAME = 60
_RECORDS_LOOKED_AT = 50
_ALIKE = 0.8


def delimiter_of(head: str, is_named_so: bool) -> str | None:
    """What separates the cells of a text that begins with `head`, if it is a table at all.

    `is_named_so` is whether its name says that it is one; then a single column will do.
    """
    delimiter = max(DELIMITERS, key=lambda mark: _promise(head, mark))
    records = _records(head, delimiter)
    if not records:
        return None
    header = [cell.strip() for cell in records[0]]
    if max(map(len, header)) > _LONGEST_COLUMN_NAME or not any(header):
        return None
    known = count_known(header)
    looks_like_names = len(set(header)) == len(header) and not any(cell.endswith((".", "!", "?")) for cell in header)
    if is_named_so:
        return delimiter if known or len(header) > 1 or looks_like_names and len(records) > 1 else None
    alike = sum(len(record) == len(header) for record in records)
    is_quoted = head.lstrip("\ufeff").partition("\n")[2].startswith('"')
    if (
        known > 1
        or (known and is_quoted)
        or (len(header) > 1 and looks_like_names and len(records) > 2 and alike >= len(records) * _ALIKE)
    ):
        return delimiter
    return None


def _promise(head: str, delimiter: str) -> tuple[int, int, int, int]:
    """How likely it is that this separates the cells: known names, rows of one length, and how many cells.

    Of a single column that is the mark which does not stand in its texts.
    """
    records = _records(head, delimiter)
    if not records:
        return 0, 0, 0, 0
    width = len(records[0])
    alike = Counter(map(len, records))[width]
    return count_known(records[0]), alike if width > 1 else 0, width, alike


def _records(head: str, delimiter: str) -> list[list[str]]:
    records = []
    try:
        for record in _reader(io.StringIO(head, newline=""), delimiter):
            if record:
                records.append(record)
            if len(records) == _RECORDS_LOOKED_AT:
                break
    except csv.Error:  # cut short inside quotes, or a broken row, which is told when it is read
        pass
    return records


def _reader(lines, delimiter: str):
    csv.field_size_limit(ROW_BYTES)  # whole documents stand in one cell
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")


def open_csv(content: Content, encoding: Encoding, delimiter: str) -> tuple[str, list[str], Iterator[tuple]]:
    """The format in words, the columns and the rows. Raises InputError where there is no header; so do the rows."""
    reader = _reader(encoding.open(content), delimiter)
    try:
        header = [cell.strip() for cell in next((record for record in reader if record), [])]
    except csv.Error as error:
        raise InputError(f"Row 1 of {content.name} has no names of columns: {error}.", FORMATS_READ) from None
    form = "CSV" if delimiter == "," else f"CSV with {DELIMITERS[delimiter]}"
    return form, header, _rows(reader, header, content.name)


def _rows(reader, header: list[str], name: str) -> Iterator[tuple]:
    number, width = reader.line_num and 1, len(header)
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # It may have swallowed any number of rows: they are not lost silently.
            if "end of data" in str(error) or "field larger" in str(error):
                raise InputError(
                    f"Row {number} of {name} (line {line}) opens a quote that is never closed.",
                    "Close it, or save the file again as CSV from a spreadsheet.",
                ) from None
            yield number, {}, Drop.BROKEN_QUOTES
            continue
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            yield number, {}, Drop.TOO_MANY_CELLS
        elif any(cells) and any(cell.strip() for cell in cells):
            yield number, dict(zip(header, cells, strict=False))
