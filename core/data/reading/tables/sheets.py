"""Rows of Parquet, Arrow and Excel files."""

import datetime
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from core.data.reading.archives import check_document
from core.data.reading.content import Content
from core.data.reading.tables.headers import ROWS_LOOKED_AT, header_place
from core.data.reading.tables.json_columns import SPLIT_NAMES
from core.errors import InputError
from core.examples.roles import count_known

_ROWS_AT_ONCE = 500
_READ_BUFFER_BYTES = 1 << 20
ARROW_FILE, ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"
"""How the two forms of Arrow data begin: a file, also called Feather, and a stream, as `datasets` keeps them."""


def open_parquet(content: Content) -> tuple[list[str], Iterator[tuple]]:
    """The columns and rows of a Parquet file. Raises InputError where it is broken; so do the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        file = pq.ParquetFile(content.seekable(), buffer_size=_READ_BUFFER_BYTES, memory_map=False, pre_buffer=False)
        columns = file.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise _broken(content, "no Parquet file that can be read", 0, error) from None
    return columns, _parquet_rows(file, content)


def _parquet_rows(file, content: Content) -> Iterator[tuple]:
    import pyarrow as pa

    number, total = 0, max(1, file.metadata.num_rows)
    try:
        for batch in file.iter_batches(_ROWS_AT_ONCE, use_threads=False):
            for values in batch.to_pylist(maps_as_pydicts="lossy"):
                number += 1
                yield number, values
            content.meter.at(min(content.meter.total, content.size_bytes * number // total))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken(content, "broken", number, error) from None


def open_arrow(content: Content) -> tuple[list[str], Iterator[tuple]]:
    """The columns and rows of Arrow data, in either form. Raises InputError where it is broken; so do the rows."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    options = pa.ipc.IpcReadOptions(use_threads=False)
    try:
        if content.head(len(ARROW_FILE)) == ARROW_FILE:
            file = pa.ipc.open_file(content.seekable(), options=options)
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
        else:
            file = batches = pa.ipc.open_stream(content.open(), options=options)
        columns = file.schema.names
    except (pa.ArrowException, OSError) as error:
        raise _broken(content, "no Arrow data that can be read", 0, error) from None
    return columns, _arrow_rows(batches, content)


def _arrow_rows(batches: Iterator, content: Content) -> Iterator[tuple]:
    """Nothing in a batch is looked at before Arrow has checked that all of it lies where the batch says."""
    import pyarrow as pa

    number = 0
    try:
        for batch in batches:
            batch.validate(full=True)
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                for values in batch.slice(start, _ROWS_AT_ONCE).to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    yield number, values
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken(content, "broken", number, error) from None


def open_excel(content: Content, is_zipped: bool) -> tuple[list[str], Iterator[tuple], list[str]]:
    """Columns, rows and notes of the sheet whose header is known best, and of those with the same header.

    Sheets that are called after splits give their rows a column `split`.

    Raises InputError where there is none, or the file is broken.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if is_zipped:
        check_document(content)
    try:
        book = CalamineWorkbook.from_filelike(content.seekable())
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise _broken(content, "no Excel file that can be read", 0, error) from None
    filled = [(name, sheet) for name, sheet in sheets if sheet.start and sheet.height > 1]
    if not filled:
        raise InputError(
            f"{content.name} holds no sheet with a header in row 1 and a row below.", "Give one that does."
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
    """The number of the row with the names of the columns, and these."""
    first = [
        (number, ["" if cell is None else str(_plain(cell)).strip() for cell in cells])
        for number, cells in enumerate(islice(sheet.iter_rows(), sheet.start[0] + ROWS_LOOKED_AT), start=1)
    ]
    filled = [(number, cells) for number, cells in first if any(cells)] or first[-1:]
    return filled[header_place([cells for _, cells in filled])]


def _excel_rows(sheets: list[_Sheet], has_splits: bool) -> Iterator[tuple]:
    """Numbered as the sheet does; those of further sheets go on from there."""
    base = number = 0
    for sheet in sheets:
        for number, cells in enumerate(sheet.cells.iter_rows(), start=base + 1):
            if number > base + sheet.header_row and any(cell not in ("", None) for cell in cells):
                values = dict(zip(sheet.header, map(_plain, cells), strict=False))
                yield number, values | {"split": sheet.split} if has_splits and sheet.split else values
        base = number


def _plain(cell: object) -> object:
    """A cell's value as text or number: whole numbers without a point, moments as ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return cell


def _broken(content: Content, what: str, row: int, error: Exception) -> InputError:
    text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(
        f"{content.name} is {what}, after row {row}: {text}.", "Save it again, or as CSV from where it was made."
    )
