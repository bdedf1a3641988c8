"""Writes a dataset as one file to take along: JSON lines, Parquet, CSV for spreadsheets, or a zipped `DatasetDict`.

Each row has its `split` and its `row`. Conversations and tools, which are stored as JSON text, become real lists, but
for CSV, and for what Arrow has no type for: in Parquet and `DatasetDict` tools and the arguments of tool calls stay
JSON text. What is written is read again as the same examples, but for CSV: there a cell that a spreadsheet would take
for a formula begins with an apostrophe.

`python -m core.data.store.exporting FOLDER FORMAT FILE` does it in a process of its own.
"""

import codecs
import json
import os
import secrets
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.artifacts import MANIFEST, verify_manifest
from core.data.file_kinds import ExportFormat
from core.data.store.datasets import open_tables
from core.full_disk import naming_full_disks
from core.processes import errands

_ROWS_AT_ONCE = 10_000
_FORMULA = r"^[=+\-@＝＋－＠\t\r\n]"
"""Spreadsheets of East Asia take the full-width signs for the others."""
_TEXT = pa.string()
_SPLIT = pa.field("split", _TEXT)
_CALLS = pa.list_(
    pa.struct([("id", _TEXT), ("type", _TEXT), ("function", pa.struct([("name", _TEXT), ("arguments", _TEXT)]))])
)
_OF_SOME_MESSAGES = {
    "name": _TEXT, "tool_call_id": _TEXT, "tool_calls": _CALLS, "reasoning_content": _TEXT, "weight": pa.float64(),
}  # fmt: skip


def export(folder: str | Path, kind: ExportFormat, file: str | Path) -> None:
    """Write the dataset in `folder` to `file`, a batch of rows at a time; it stands there whole, or not at all.

    Raises NotFoundError, CorruptArtifactError when the dataset is not what its manifest says, DiskFullError.
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
            for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
                file.writelines(orjson.dumps({"split": split} | _opened(row)) + b"\n" for row in batch.to_pylist())


def _opened(row: dict) -> dict:
    """The row with what is stored as JSON text put in as it is; line breaks there stand between values only."""
    lists = {name: (row[name] or "[]").replace("\n", " ") for name in ("messages", "tools") if name in row}
    return row | {name: orjson.Fragment(text) for name, text in lists.items()}


def _write_csv(tables: dict[str, pa.Table], path: Path, _name: str) -> None:
    schema = _stored_schema(tables).insert(0, _SPLIT)
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)  # or Excel takes it for Latin-1
        with pa.csv.CSVWriter(file, schema) as writer:
            for split, table in tables.items():
                for batch in _batches(table, schema, split):
                    writer.write_batch(pa.record_batch(list(map(_harmless, batch.columns)), schema=schema))


def _harmless(cells: pa.Array) -> pa.Array:
    """Cells of which a spreadsheet takes none for a formula."""
    if not pa.types.is_string(cells.type):
        return cells
    return pc.if_else(pc.match_substring_regex(cells, _FORMULA), pc.binary_join_element_wise("'", cells, ""), cells)


def _write_parquet(tables: dict[str, pa.Table], path: Path, _name: str) -> None:
    schema = _schema(tables).insert(0, _SPLIT)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for split, table in tables.items():
            for batch in _batches(table, schema, split):
                writer.write_batch(batch)


def _write_datasetdict(tables: dict[str, pa.Table], path: Path, name: str) -> None:
    """The files that `datasets.load_from_disk` reads, zipped as they are."""
    schema = _schema(tables)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{name}/dataset_dict.json", json.dumps({"splits": list(tables)}))
        for split, table in tables.items():
            state = {
                "_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_fingerprint": secrets.token_hex(8),
                "_format_columns": None, "_format_kwargs": {}, "_format_type": None, "_output_all_columns": False,
                "_split": split,
            }  # fmt: skip
            archive.writestr(f"{name}/{split}/state.json", json.dumps(state))
            archive.writestr(f"{name}/{split}/dataset_info.json", "{}")
            with (
                archive.open(f"{name}/{split}/data-00000-of-00001.arrow", "w", force_zip64=True) as file,
                pa.ipc.new_stream(file, schema) as writer,
            ):
                for batch in _batches(table, schema, split):
                    writer.write_batch(batch)


_WRITERS = {
    ExportFormat.JSONL: _write_jsonl,
    ExportFormat.CSV: _write_csv,
    ExportFormat.PARQUET: _write_parquet,
    ExportFormat.DATASETDICT: _write_datasetdict,
}


def _stored_schema(tables: dict[str, pa.Table]) -> pa.Schema:
    return pa.unify_schemas([table.schema.remove_metadata() for table in tables.values()])


def _schema(tables: dict[str, pa.Table]) -> pa.Schema:
    """The columns as they are written: conversations as lists of messages, the rest as it is stored."""
    schema = _stored_schema(tables)
    if "messages" not in schema.names:
        return schema
    kinds = {"role": _TEXT, "content": _TEXT} | {
        name: kind for name, kind in _OF_SOME_MESSAGES.items() if _any_holds(tables, f'"{name}"')
    }
    return schema.set(schema.get_field_index("messages"), pa.field("messages", pa.list_(pa.struct(kinds.items()))))


def _any_holds(tables: dict[str, pa.Table], text: str) -> bool:
    return any(
        pc.any(pc.match_substring(batch["messages"], text)).as_py()
        for table in tables.values()
        for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE)
    )


def _batches(table: pa.Table, schema: pa.Schema, split: str) -> Iterator[pa.RecordBatch]:
    for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        if "messages" in columns and schema.field("messages").type != _TEXT:
            conversations = [_messages(text) for text in columns["messages"].to_pylist()]
            columns["messages"] = pa.array(conversations, schema.field("messages").type)
        columns["split"] = pa.repeat(split, len(batch))
        nothing = pa.nulls(len(batch))
        yield pa.record_batch([columns.get(field.name, nothing).cast(field.type) for field in schema], schema=schema)


def _messages(text: str) -> list[dict]:
    messages = json.loads(text) if text else []
    for message in messages:
        for call in message.get("tool_calls") or []:
            arguments = call["function"]["arguments"]
            if not isinstance(arguments, str):
                call["function"]["arguments"] = json.dumps(arguments, ensure_ascii=False)
    return messages


def main(folder: str, kind: str, file: str) -> int:
    """`export` as a command; see `core.processes.errands`."""
    return errands.run(lambda: export(folder, ExportFormat(kind), file))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
