"""Writes a dataset as Parquet or as a zipped `DatasetDict`, with conversations as lists of messages."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.data.store.writing import split_state

ROWS_AT_ONCE = 10_000
_TEXT = pa.string()
SPLIT = pa.field("split", _TEXT)
_CALLS = pa.list_(
    pa.struct([("id", _TEXT), ("type", _TEXT), ("function", pa.struct([("name", _TEXT), ("arguments", _TEXT)]))])
)
_OPTIONAL_FIELDS = {
    "name": _TEXT, "tool_call_id": _TEXT, "tool_calls": _CALLS, "reasoning_content": _TEXT, "weight": pa.float64(),
}  # fmt: skip


def write_parquet(tables: dict[str, pa.Table], path: Path, _name: str) -> None:
    schema = _schema(tables).insert(0, SPLIT)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for split, table in tables.items():
            for batch in batches(table, schema, split):
                writer.write_batch(batch)


def write_datasetdict(tables: dict[str, pa.Table], path: Path, name: str) -> None:
    """The files that `datasets.load_from_disk` reads, in an uncompressed zip archive."""
    schema = _schema(tables)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{name}/dataset_dict.json", json.dumps({"splits": list(tables)}))
        for split, table in tables.items():
            shard = "data-00000-of-00001.arrow"
            archive.writestr(f"{name}/{split}/state.json", json.dumps(split_state(split, [shard])))
            archive.writestr(f"{name}/{split}/dataset_info.json", "{}")
            with (
                archive.open(f"{name}/{split}/{shard}", "w", force_zip64=True) as file,
                pa.ipc.new_stream(file, schema) as writer,
            ):
                for batch in batches(table, schema, split):
                    writer.write_batch(batch)


def stored_schema(tables: dict[str, pa.Table]) -> pa.Schema:
    """The columns as stored, over all splits."""
    return pa.unify_schemas([table.schema.remove_metadata() for table in tables.values()])


def _schema(tables: dict[str, pa.Table]) -> pa.Schema:
    """The columns as written: conversations as lists of messages, the rest as stored."""
    schema = stored_schema(tables)
    if "messages" not in schema.names:
        return schema
    kinds = {"role": _TEXT, "content": _TEXT} | {
        name: kind for name, kind in _OPTIONAL_FIELDS.items() if _any_holds(tables, f'"{name}"')
    }
    return schema.set(schema.get_field_index("messages"), pa.field("messages", pa.list_(pa.struct(kinds.items()))))


def _any_holds(tables: dict[str, pa.Table], text: str) -> bool:
    return any(
        pc.any(pc.match_substring(batch["messages"], text)).as_py()
        for table in tables.values()
        for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE)
    )


def batches(table: pa.Table, schema: pa.Schema, split: str) -> Iterator[pa.RecordBatch]:
    """The rows of a split in the columns of `schema`; missing ones are null."""
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
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
