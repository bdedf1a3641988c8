"""Writes dataset folders with known rows, in the format of the `datasets` library and in several shards."""

import json
from pathlib import Path

import pyarrow as pa


def store_dataset(folder: Path, splits: dict[str, list[dict]], shards: int = 2) -> Path:
    """A folder with these examples. The column `row` is an integer, all others are text."""
    columns = list(dict.fromkeys(name for rows in splits.values() for row in rows for name in row))
    schema = pa.schema([(name, pa.int64() if name == "row" else pa.string()) for name in columns])
    for split, rows in splits.items():
        (folder / split).mkdir(parents=True)
        names = [f"data-{number:05d}-of-{shards:05d}.arrow" for number in range(shards)]
        for number, name in enumerate(names):
            with pa.OSFile(str(folder / split / name), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
                part = rows[number * len(rows) // shards : (number + 1) * len(rows) // shards]
                for start in range(0, len(part), 3):
                    writer.write_batch(pa.RecordBatch.from_pylist(part[start : start + 3], schema=schema))
        state = {"_data_files": [{"filename": name} for name in names]}
        (folder / split / "state.json").write_text(json.dumps(state))
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    return folder
