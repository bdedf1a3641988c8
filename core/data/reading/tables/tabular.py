"""Rows of CSV, whatever separates its cells."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.tables.headers import are_names, header_place, names_no_index
from core.errors import InputError
from core.examples.drops import Drop
from core.examples.roles import count_known

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LONGEST_COLUMN_NAME = 60
_RECORDS_LOOKED_AT = 50
_FEW_RECORDS = 3
_HEAD_CHARACTERS = 64 << 10
_ALIKE = 0.8
_WORDS_OF_A_LABEL = 3
_TWICE, _ESCAPED, _BARE = {}, {"doublequote": False, "escapechar": "\\"}, {"quoting": csv.QUOTE_NONE}


def delimiter_of(head: str, is_named_so: bool) -> str | None:
    """What separates the cells of a text that begins with `head`, if it is a table at all.

    `is_named_so` is whether its name says that it is one; then a single column will do.
    """
    if not is_named_so and _has_as_many_tabs_in_each_line(head):
        return "\t"
    delimiter = max(DELIMITERS, key=lambda mark: _promise(head, mark))
    records = _table(head, delimiter)
    if not records or not is_named_so and records[0] != _records(head, delimiter)[0]:  # prose may say anything
        return None
    header = [cell.strip() for cell in records[0]]
    alike = sum(len(record) == len(header) for record in records)
    if is_named_so and len(header) > 1 and not are_names(header):
        return delimiter if len(records) > 1 and alike >= len(records) * _ALIKE else None
    if max(map(len, header)) > _LONGEST_COLUMN_NAME or not any(header):
        return None
    known = count_known(header)
    looks_like_names = len(set(header)) == len(header) and not any(cell.endswith((".", "!", "?")) for cell in header)
    if is_named_so:
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
    """Whether a text is a table whatever its first line says: nobody writes prose so."""
    lines = [line for line in head.splitlines()[:-1] if line.strip()][:_RECORDS_LOOKED_AT]
    return len(lines) > _FEW_RECORDS and len({line.count("\t") for line in lines}) == 1 and "\t" in lines[0].strip()


def _promise(head: str, delimiter: str) -> tuple[int, int, int, int]:
    """How likely it is that this separates the cells: known names, rows of one length, and how many cells.

    Of a single column that is the mark which does not stand in its texts.
    """
    records = _table(head, delimiter)
    if not records:
        return 0, 0, 0, 0
    width = len(records[0])
    alike = Counter(map(len, records))[width]
    return count_known(records[0]), alike if width > 1 else 0, width, alike


def _table(head: str, delimiter: str) -> list[list[str]]:
    """The header and the first rows below it."""
    records = _records(head, delimiter)
    return records[header_place(records) :]


def _records(head: str, delimiter: str) -> list[list[str]]:
    return _parsed(head, delimiter, _style_of(head, delimiter))[0]


def _style_of(head: str, delimiter: str) -> dict[str, object]:
    """How quotes are written: twice inside quotes, behind a backslash, or, in a table of tabs, as any other sign."""
    if '"' not in head:
        return _TWICE
    if delimiter == "\t" and _has_bare_quotes(head):
        return _BARE
    if '\\"' in head and not _is_sound(*_parsed(head, delimiter, _TWICE)):
        return _ESCAPED if _is_sound(*_parsed(head, delimiter, _ESCAPED)) else _TWICE
    return _TWICE


def _has_bare_quotes(head: str) -> bool:
    """Whether a table of tabs has quotes that a program would have written twice, inside quotes."""
    records, _ = _parsed(head, "\t", _BARE)
    if not _is_sound(records, False) or len(records[0]) == 1:
        return False
    return any('"' in cell and not cell.startswith('"') for record in records for cell in record)


def _is_sound(records: list[list[str]], is_broken: bool) -> bool:
    whole = records[:-1] if len(records) < _RECORDS_LOOKED_AT else records  # the last may go on beyond the head
    return not is_broken and len(records) > 1 and len(set(map(len, whole))) == 1


def _parsed(head: str, delimiter: str, style: dict[str, object]) -> tuple[list[list[str]], bool]:
    """The first records, and whether a broken one ended them."""
    records, is_broken = [], False
    try:
        for record in _reader(io.StringIO(head, newline=""), delimiter, style):
            if record:
                records.append(record)
            if len(records) == _RECORDS_LOOKED_AT:
                break
    except csv.Error as error:  # a broken row, which is told when it is read; or all of a row does not stand here
        is_broken = "end of data" not in str(error)
    return records, is_broken


def _reader(lines, delimiter: str, style: dict[str, object]):
    csv.field_size_limit(ROW_BYTES)  # whole documents stand in one cell
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t", **style)


def open_csv(content: Content, encoding: Encoding, delimiter: str) -> tuple[str, list[str], Iterator[tuple]]:
    """The format in words, the columns and the rows. Raises InputError where there is no header; so do the rows."""
    with encoding.open(content, is_counted=False) as file:
        head = file.read(_HEAD_CHARACTERS)
    records = _records(head, delimiter)
    above = header_place(records)
    reader = _reader(encoding.open(content), delimiter, _style_of(head, delimiter))
    try:
        filled = ((number, record) for number, record in enumerate(reader, start=1) if record)
        number, header = next(islice(filled, above, None), (0, []))
    except csv.Error as error:
        raise InputError(f"Row 1 of {content.name} has no names of columns: {error}.", FORMATS_READ) from None
    form = "CSV" if delimiter == "," else f"CSV with {DELIMITERS[delimiter]}"
    first, header = header, [cell.strip() for cell in header]
    if names_no_index(records[above:]):
        header = ["", *header]
    runs_over = delimiter == "," and _runs_over(records[above + 1 :], len(header))
    if len(header) == 1 or are_names(header):
        return form, header, _rows(reader, header, content, number, runs_over)
    header = [f"column {place}" for place in range(1, len(header) + 1)]
    return (
        f"{form}, no header",
        header,
        chain([(number, dict(zip(header, first, strict=True)))], _rows(reader, header, content, number)),
    )


def _runs_over(records: list[list[str]], width: int) -> bool:
    """Whether commas too many are those of sentences that nobody put in quotes: in the last column, as all others hold
    ids, names and moments."""
    if width < 2 or all(len(record) <= width for record in records):
        return False
    before = max((len(cell.split()) for record in records for cell in record[: width - 1]), default=0)
    last = [len(" ".join(record[width - 1 :]).split()) for record in records]
    return before <= _WORDS_OF_A_LABEL < sum(last) / len(last)


def _rows(reader, header: list[str], content: Content, number: int, runs_over: bool = False) -> Iterator[tuple]:
    """The rows below the header, which is row `number`."""
    name, width = content.name, len(header)
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
        if runs_over and len(cells) > width:
            cells = [*cells[: width - 1], ", ".join(cells[width - 1 :])]
            content.meter.run_over(name, header[-1])
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            yield number, {}, Drop.TOO_MANY_CELLS
        elif any(cells) and any(cell.strip() for cell in cells):
            if len(cells) < width:
                content.meter.cut_short(number, name)
            yield number, dict(zip(header, cells, strict=False))
