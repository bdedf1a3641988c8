"""Opens dataset folders: a Hugging Face `DatasetDict` on disk, with the report and the spec of the job that made it.

Importing `datasets` takes seconds, so only `open_dataset` and `open_split` do.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from core.data.store.writing import SPLITS
from core.errors import CorruptArtifactError, InputError, NotFoundError
from core.examples.example import shape_of
from core.manifests import MANIFEST, verify_manifest

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

REPORT = "data_report.json"
SPEC = "spec.json"


def open_dataset(path: str | Path) -> "DatasetDict":
    """The dataset in a folder. Raises NotFoundError, InputError, or CorruptArtifactError when a checksum is wrong."""
    import datasets

    dataset = datasets.DatasetDict.load_from_disk(str(_checked_folder(path)))
    for split in dataset.values():
        _check_columns(split.features.arrow_schema, Path(path))
    return dataset


def open_split(path: str | Path, split: str) -> "Dataset":
    """One split of a dataset. Raises InputError when there is no such split, otherwise the same as `open_dataset`."""
    dataset = open_dataset(path)
    _check_split(split, list(dataset), Path(path))
    return dataset[split]


def read_split(path: str | Path, split: str) -> Iterator[dict[str, str]]:
    """The examples of one split, without importing `datasets`. Raises the same as `open_split`."""
    folder = _checked_folder(path)
    _check_split(split, split_names(folder), folder)
    state = json.loads((folder / split / "state.json").read_text(encoding="utf-8"))
    for entry in state["_data_files"]:
        with pa.memory_map(str(folder / split / entry["filename"])) as file, pa.ipc.open_stream(file) as reader:
            _check_columns(reader.schema, folder)
            for batch in reader:
                yield from batch.to_pylist()


def open_tables(path: str | Path) -> dict[str, pa.Table]:
    """Each split as a table over memory-mapped files. Opening reads no rows and verifies no checksums.

    Raises NotFoundError when there is no dataset, CorruptArtifactError when its files cannot be read.
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
    """The names of the splits in a dataset folder."""
    return json.loads((_dataset_folder(path) / SPLITS).read_text(encoding="utf-8"))["splits"]


def _dataset_folder(path: str | Path) -> Path:
    folder = Path(path)
    if not (folder / SPLITS).is_file():
        if folder.exists():
            raise NotFoundError(
                f"{folder} is not a dataset folder.", "Give a folder that prepare made; its name ends in _dataset."
            )
        raise NotFoundError(
            f"The dataset {folder} does not exist; it may have been deleted or moved.",
            "Put it back, from the trash under Settings or a backup, and start again; or give another dataset. A run "
            "can go on from its newest checkpoint.",
        )
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
    """Raises InputError when the text columns do not match any shape."""
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    try:
        shape_of(texts)
    except InputError as error:
        raise InputError(f"{folder.name} cannot be used: {error.message}", error.remedy) from None
