"""The rows of CSV files."""

import csv
from collections.abc import Iterator
from itertools import chain, islice

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import FORMATS_READ, Encoding
from core.data.reading.tables.csv_parsing import reader_of, records_of, style_of
from core.data.reading.tables.delimiters import DELIMITERS
from core.data.reading.tables.headers import are_names, header_place, names_no_index
from core.errors import InputError
from core.examples.drops import Drop

_HEAD_CHARACTERS = 64 << 10
_WORDS_OF_A_LABEL = 3


def open_csv(content: Content, encoding: Encoding, delimiter: str) -> tuple[str, list[str], Iterator[tuple]]:
    """The format in words, the columns and the rows. Raises InputError where no header can be read; so do the rows."""
    with encoding.open(content, is_counted=False) as file:
        head = file.read(_HEAD_CHARACTERS)
    records = records_of(head, delimiter)
    above = header_place(records)
    reader = reader_of(encoding.open(content), delimiter, style_of(head, delimiter))
    try:
        filled = ((number, record) for number, record in enumerate(reader, start=1) if record)
        number, header = next(islice(filled, above, None), (0, []))
    except csv.Error as error:
        raise InputError(
            f"The column names in row 1 of {content.name} cannot be read: {error}.", FORMATS_READ
        ) from None
    form = "CSV" if delimiter == "," else f"CSV with {DELIMITERS[delimiter]}"
    first, header = header, [cell.strip() for cell in header]
    if names_no_index(records[above:]):
        header = ["", *header]
    joins_surplus = delimiter == "," and _has_unquoted_sentences(records[above + 1 :], len(header))
    if len(header) == 1 or are_names(header):
        return form, header, _rows(reader, header, content, number, joins_surplus)
    header = [f"column {place}" for place in range(1, len(header) + 1)]
    return (
        f"{form}, no header",
        header,
        chain([(number, dict(zip(header, first, strict=True)))], _rows(reader, header, content, number)),
    )


def _has_unquoted_sentences(records: list[list[str]], width: int) -> bool:
    """Whether surplus commas come from unquoted sentences in the last column; the others must be short."""
    if width < 2 or all(len(record) <= width for record in records):
        return False
    before = max((len(cell.split()) for record in records for cell in record[: width - 1]), default=0)
    last = [len(" ".join(record[width - 1 :]).split()) for record in records]
    return before <= _WORDS_OF_A_LABEL < sum(last) / len(last)


def _rows(reader, header: list[str], content: Content, number: int, joins_surplus: bool = False) -> Iterator[tuple]:
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
            # An open quote may have swallowed any number of rows, which must not be lost silently.
            if "end of data" in str(error) or "field larger" in str(error):
                raise InputError(
                    f"Row {number} of {name} (line {line}) opens a quote that is never closed.",
                    "Close the quote, or save the file again as CSV from a spreadsheet.",
                ) from None
            yield number, {}, Drop.BROKEN_QUOTES
            continue
        if joins_surplus and len(cells) > width:
            cells = [*cells[: width - 1], ", ".join(cells[width - 1 :])]
            content.meter.surplus(name, header[-1])
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            yield number, {}, Drop.TOO_MANY_CELLS
        elif any(cells) and any(cell.strip() for cell in cells):
            if len(cells) < width:
                content.meter.too_few(number, name)
            yield number, dict(zip(header, cells, strict=False))
