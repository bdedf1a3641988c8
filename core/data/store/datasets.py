"""The dataset folder: a Hugging Face `DatasetDict` on disk with a report of its own, written with Arrow alone.

Importing `datasets` takes seconds, so writing, previewing and describing a dataset do without it.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from core.artifacts import MANIFEST, verify_manifest
from core.errors import CorruptArtifactError, InputError, NotFoundError
from core.examples.example import shape_of

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

REPORT = "data_report.json"
SPEC = "spec.json"
_SPLITS = "dataset_dict.json"
_ROWS_A_SHARD = 100_000


def write_dataset(folder: Path, splits: dict[str, Iterable[pa.Table]], columns: list[str]) -> None:
    """Write the tables of each split into `folder`, as `datasets.load_from_disk` reads them.

    All columns are text but `row`, which is a whole number.
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
        fingerprint = secrets.token_hex(8)  # by which the library tells what it has cached of one dataset from another
        _write_json(place / "state.json", {
            "_data_files": [{"filename": shard} for shard in shards], "_fingerprint": fingerprint,
            "_format_columns": None, "_format_kwargs": {}, "_format_type": None, "_output_all_columns": False,
            "_split": name,
        })  # fmt: skip
    _write_json(folder / _SPLITS, {"splits": list(splits)})


def _write_shards(place: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> list[str]:
    """Write files of no more rows than one holds well; returns their names."""
    tables, shards = iter(tables), []
    table = next(tables, schema.empty_table())
    while table is not None:
        shards.append(f"data-{len(shards):05}.arrow")
        written = 0
        with pa.OSFile(str(place / shards[-1]), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
            while table is not None and (not written or written + len(table) <= _ROWS_A_SHARD):
                writer.write_table(table.select(schema.names).cast(schema))
                written += len(table)
                table = next(tables, None)
    return shards


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def open_dataset(path: str | Path) -> "DatasetDict":
    """The dataset in a folder. Raises NotFoundError, InputError, or CorruptArtifactError when its manifest fails."""
    import datasets

    dataset = datasets.DatasetDict.load_from_disk(str(_checked_folder(path)))
    for split in dataset.values():
        _check_columns(split.features.arrow_schema, Path(path))
    return dataset


def open_split(path: str | Path, split: str) -> "Dataset":
    """One split of the dataset in a folder; InputError when it has no such split, else as `open_dataset`."""
    dataset = open_dataset(path)
    _check_split(split, list(dataset), Path(path))
    return dataset[split]


def read_split(path: str | Path, split: str) -> Iterator[dict[str, str]]:
    """The examples of one split, one by one, without importing `datasets`. Raises as `open_split`."""
    folder = _checked_folder(path)
    _check_split(split, split_names(folder), folder)
    state = json.loads((folder / split / "state.json").read_text(encoding="utf-8"))
    for entry in state["_data_files"]:
        with pa.memory_map(str(folder / split / entry["filename"])) as file, pa.ipc.open_stream(file) as reader:
            _check_columns(reader.schema, folder)
            for batch in reader:
                yield from batch.to_pylist()


def open_tables(path: str | Path) -> dict[str, pa.Table]:
    """Each split as a table over its mapped files: opening reads no rows and checks no hashes.

    Raises NotFoundError where there is no dataset, CorruptArtifactError where its files cannot be read.
    """
    folder = _dataset_folder(path)
    return {split: _mapped(folder / split) for split in split_names(folder)}


def _mapped(place: Path) -> pa.Table:
    try:
        state = json.loads((place / "state.json").read_text(encoding="utf-8"))
        files = [place / Path(entry["filename"]).name for entry in state["_data_files"]]
        return pa.concat_tables([pa.ipc.open_stream(pa.memory_map(str(file))).read_all() for file in files])
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise CorruptArtifactError(f"The {place.name} split of {place.parent.name} cannot be read: {error}") from error


def split_names(path: str | Path) -> list[str]:
    """The splits that a dataset folder has."""
    return json.loads((_dataset_folder(path) / _SPLITS).read_text(encoding="utf-8"))["splits"]


def describe(path: str | Path) -> dict:
    """What `data_report.json` of a dataset folder says. Raises NotFoundError when it has none."""
    report = _dataset_folder(path) / REPORT
    if not report.is_file():
        raise NotFoundError(f"{report.parent.name} has no {REPORT}.", "Only datasets made by prepare have one.")
    return json.loads(report.read_text(encoding="utf-8"))


def _dataset_folder(path: str | Path) -> Path:
    folder = Path(path)
    if not (folder / _SPLITS).is_file():
        what = "is not a dataset folder" if folder.exists() else "does not exist"
        raise NotFoundError(f"{folder} {what}.", "Give a folder that prepare made; its name ends in _dataset.")
    return folder


def _checked_folder(path: str | Path) -> Path:
    folder = _dataset_folder(path)
    if (folder / MANIFEST).exists():
        verify_manifest(folder)
    return folder


def _check_split(split: str, splits: list[str], folder: Path) -> None:
    if split not in splits:
        raise InputError(f"{folder.name} has no {split} split.", f"Choose one of: {', '.join(splits)}.")


def _check_columns(schema: pa.Schema, folder: Path) -> None:
    """Raises InputError when the columns of text are not those of a shape."""
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    try:
        shape_of(texts)
    except InputError as error:
        raise InputError(f"{folder.name} cannot be used: {error.message}", error.remedy) from None
