"""Writes a dataset folder, a Hugging Face `DatasetDict`, with Arrow alone: importing `datasets` takes seconds."""

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

SPLITS = "dataset_dict.json"
_ROWS_PER_SHARD = 100_000


def write_dataset(folder: Path, splits: dict[str, Iterable[pa.Table]], columns: list[str]) -> None:
    """Write the tables of each split into `folder`, as `datasets.load_from_disk` reads them.

    All columns are text except `row`, which is an integer.
    """
    types = {column: "int64" if column == "row" else "string" for column in columns}
    features = {column: {"dtype": kind, "_type": "Value"} for column, kind in types.items()}
    schema = pa.schema(
        [(column, pa.int64() if kind == "int64" else pa.string()) for column, kind in types.items()],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    for name, tables in splits.items():
        place = folder / name
        place.mkdir()
        shards = _write_shards(place, tables, schema)
        _write_json(place / "dataset_info.json", {"citation": "", "description": "", "features": features,
                                                  "homepage": "", "license": ""})  # fmt: skip
        _write_json(place / "state.json", split_state(name, shards))
    _write_json(folder / SPLITS, {"splits": list(splits)})


def split_state(split: str, shards: list[str]) -> dict:
    """The content of a split's `state.json`. The fingerprint identifies the dataset in the library's cache."""
    return {
        "_data_files": [{"filename": shard} for shard in shards], "_fingerprint": secrets.token_hex(8),
        "_format_columns": None, "_format_kwargs": {}, "_format_type": None, "_output_all_columns": False,
        "_split": split,
    }  # fmt: skip


def _write_shards(place: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> list[str]:
    """Write files of a limited number of rows; returns their names."""
    tables, shards = iter(tables), []
    table = next(tables, schema.empty_table())
    while table is not None:
        shards.append(f"data-{len(shards):05}.arrow")
        written = 0
        with pa.OSFile(str(place / shards[-1]), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
            while table is not None and (not written or written + len(table) <= _ROWS_PER_SHARD):
                writer.write_table(table.select(schema.names).cast(schema))
                written += len(table)
                table = next(tables, None)
    return shards


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
