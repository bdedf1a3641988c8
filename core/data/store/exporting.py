"""Exports a dataset as one file: JSON Lines, Parquet, CSV for spreadsheets, or a zipped `DatasetDict`.

Each row has its `split` and its `row`. Conversations and tools, which are stored as JSON text, become real lists,
except in CSV; in Parquet and `DatasetDict`, tools and the arguments of tool calls stay JSON text because Arrow has no
type for them. Reading an export back gives the same examples, except from CSV, where an apostrophe goes before each
cell that a spreadsheet would take for a formula.

`python -m core.data.store.exporting FOLDER FORMAT FILE` runs it in a separate process.
"""

import codecs
import os
import sys
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from core.data.file_kinds import ExportFormat
from core.data.store.arrow_exports import (
    ROWS_AT_ONCE,
    SPLIT,
    batches,
    stored_schema,
    write_datasetdict,
    write_parquet,
)
from core.data.store.datasets import open_tables
from core.full_disk import naming_full_disks
from core.manifests import MANIFEST, verify_manifest
from core.processes.reported_failure import run_and_report

_FORMULA = r"^[=+\-@＝＋－＠\t\r\n]"
"""East Asian spreadsheets treat full-width signs like the others."""


def export(folder: str | Path, kind: ExportFormat, file: str | Path) -> None:
    """Write the dataset in `folder` to `file`, a batch of rows at a time. An atomic rename puts it in place.

    Raises NotFoundError, CorruptArtifactError when a checksum is wrong, DiskFullError.
    """
    folder, file = Path(folder), Path(file)
    tables = open_tables(folder)
    if (folder / MANIFEST).exists():
        verify_manifest(folder)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with naming_full_disks(file, partial):
            _WRITERS[kind](tables, partial, folder.name)
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def _write_jsonl(tables: dict[str, pa.Table], path: Path, _name: str) -> None:
    with path.open("wb") as file:
        for split, table in tables.items():
            for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
                file.writelines(orjson.dumps({"split": split} | _opened(row)) + b"\n" for row in batch.to_pylist())


def _opened(row: dict) -> dict:
    """The row with stored JSON text inserted verbatim. Line breaks in it are only between values."""
    lists = {name: (row[name] or "[]").replace("\n", " ") for name in ("messages", "tools") if name in row}
    return row | {name: orjson.Fragment(text) for name, text in lists.items()}


def _write_csv(tables: dict[str, pa.Table], path: Path, _name: str) -> None:
    schema = stored_schema(tables).insert(0, SPLIT)
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)  # otherwise Excel reads it as Latin-1
        with pa.csv.CSVWriter(file, schema) as writer:
            for split, table in tables.items():
                for batch in batches(table, schema, split):
                    writer.write_batch(pa.record_batch(list(map(_harmless, batch.columns)), schema=schema))


def _harmless(cells: pa.Array) -> pa.Array:
    """Cells that no spreadsheet takes for a formula."""
    if not pa.types.is_string(cells.type):
        return cells
    return pc.if_else(pc.match_substring_regex(cells, _FORMULA), pc.binary_join_element_wise("'", cells, ""), cells)


_WRITERS = {
    ExportFormat.JSONL: _write_jsonl,
    ExportFormat.CSV: _write_csv,
    ExportFormat.PARQUET: write_parquet,
    ExportFormat.DATASETDICT: write_datasetdict,
}


def main(folder: str, kind: str, file: str) -> int:
    """`export` as a command; see `core.processes.reported_failure`."""
    return run_and_report(lambda: export(folder, ExportFormat(kind), file))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
