"""The rows of Excel and OpenDocument sheets."""

import datetime
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from core.data.reading.archives.xml_bombs import check_document
from core.data.reading.content import Content
from core.data.reading.tables.arrow import unreadable
from core.data.reading.tables.headers import ROWS_LOOKED_AT, header_place
from core.data.reading.tables.json_columns import SPLIT_NAMES
from core.errors import InputError
from core.examples.roles import count_known


def open_excel(content: Content, is_zipped: bool) -> tuple[list[str], Iterator[tuple], list[str]]:
    """The columns, rows and notes of the sheet with the most known column names, and of sheets with the same header.

    Rows of sheets named after splits get a column `split`. Raises InputError where no sheet has rows or the file is
    damaged.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if is_zipped:
        check_document(content)
    try:
        book = CalamineWorkbook.from_filelike(content.seekable())
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable(content, "not a readable Excel file", 0, error) from None
    filled = [(name, sheet) for name, sheet in sheets if sheet.start and sheet.height > 1]
    if not filled:
        raise InputError(
            f"{content.name} has no sheet with a header in row 1 and rows below it.", "Use a workbook that has one."
        )
    tables = [_Sheet(name, sheet, *_header(sheet)) for name, sheet in filled]
    header = max(tables, key=lambda table: count_known(table.header)).header
    alike = [table for table in tables if table.header == header]
    others = [table.name for table in tables if table.header != header]
    notes = [f"sheets with other columns were left out: {', '.join(others)}"] if others else []
    has_splits = "split" not in header and any(table.split for table in alike)
    return [*header, *["split"] * has_splits], _excel_rows(alike, has_splits), notes


class _Sheet(NamedTuple):
    name: str
    cells: object
    header_row: int
    header: list[str]

    @property
    def split(self) -> str | None:
        return SPLIT_NAMES.get(self.name.strip().lower())


def _header(sheet) -> tuple[int, list[str]]:
    """The number of the header row, and its names."""
    first = [
        (number, ["" if cell is None else str(_plain(cell)).strip() for cell in cells])
        for number, cells in enumerate(islice(sheet.iter_rows(), sheet.start[0] + ROWS_LOOKED_AT), start=1)
    ]
    filled = [(number, cells) for number, cells in first if any(cells)] or first[-1:]
    return filled[header_place([cells for _, cells in filled])]


def _excel_rows(sheets: list[_Sheet], has_splits: bool) -> Iterator[tuple]:
    """Rows with their numbers in the sheet; further sheets continue the count."""
    base = number = 0
    for sheet in sheets:
        for number, cells in enumerate(sheet.cells.iter_rows(), start=base + 1):
            if number > base + sheet.header_row and any(cell not in ("", None) for cell in cells):
                values = dict(zip(sheet.header, map(_plain, cells), strict=False))
                yield number, values | {"split": sheet.split} if has_splits and sheet.split else values
        base = number


def _plain(cell: object) -> object:
    """A cell's value as text or number: whole floats as integers, dates and times in ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return cell
