"""Datasets as the person sees them: the list, one of them, its examples, and files brought to make one of."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.studio import home, store
from core.data.samples import Domain
from core.errors import InputError, NotFoundError
from core.jobs import ArtifactKind, Split
from storage.artifacts import list_artifacts
from storage.rows import Artifact

UPLOAD_LIMIT_BYTES = 2 << 30
UPLOAD_SUFFIXES = (".csv", ".json", ".jsonl")
SAMPLE_DOMAINS = tuple(str(domain) for domain in Domain)
_MARK = "dataset_dict.json"


def datasets() -> list[dict]:
    """Every dataset that still stands, newest first."""
    found = [_described(artifact) for artifact in list_artifacts(store(), kind=ArtifactKind.DATASET)]
    return [dataset for dataset in found if dataset]


def dataset(reference: str) -> dict:
    """The dataset of this id or name, with its report. Raises NotFoundError."""
    for candidate in datasets():
        if reference in (candidate["id"], candidate["name"]):
            return candidate
    known = ", ".join(candidate["name"] for candidate in datasets()[:10])
    raise NotFoundError(
        f"There is no dataset {reference!r}.", f"There are: {known}." if known else "Make one on the Data page first."
    )


def find_dataset(reference: str | None) -> str:
    """The absolute folder of a dataset given by folder, name or id.

    Raises InputError when none is given or the folder holds no dataset, NotFoundError when there is none so called.
    """
    if not reference:
        raise InputError("No dataset is given.", "Name one with --dataset-path: a dataset's folder or name.")
    if "\0" in reference:
        raise InputError("A dataset's name cannot hold a NUL character.", "Give its folder or name.")
    folder = Path(reference).expanduser().absolute()
    if (folder / _MARK).is_file():
        return str(folder)
    if folder.exists():
        raise InputError(
            f"{folder} is not a dataset: it has no {_MARK}.",
            "Give the folder that `prepare` made, or a dataset's name.",
        )
    if re.search(r"[/\\]", reference):
        raise NotFoundError(
            f"There is no folder {folder}.", "Give the folder that `prepare` made, or a dataset's name."
        )
    return dataset(reference)["path"]


def preview(reference: str, split: str = Split.TRAIN, offset: int = 0, limit: int = 20) -> list[dict]:
    """Up to `limit` examples of a split from `offset` on, as plain dicts.

    Read from the Arrow files themselves, a record batch at a time: the `datasets` library stays out of this process.
    """
    import pyarrow

    folder = Path(find_dataset(reference)) / Split(split)
    rows: list[dict] = []
    for path in sorted(folder.glob("*.arrow")):
        with pyarrow.memory_map(str(path)) as source, pyarrow.ipc.open_stream(source) as batches:
            for batch in batches:
                if offset < batch.num_rows:
                    rows += batch.slice(offset, limit - len(rows)).to_pylist()
                offset = max(0, offset - batch.num_rows)
                if len(rows) >= limit:
                    return rows
    return rows


class Upload:
    """A file that is arriving: written piece by piece under a generated name, counted, refused when it is no text."""

    def __init__(self, filename: str, limit_bytes: int):
        suffix = Path(filename).suffix.lower()
        if suffix not in UPLOAD_SUFFIXES:
            raise InputError(f"{filename[:80]!r} is no CSV, JSON or JSONL file.", "Upload .csv, .json or .jsonl.")
        self.id = secrets.token_hex(8) + suffix
        self.path = home() / "uploads" / self.id
        self.bytes = 0
        self._limit_bytes = limit_bytes

    @contextmanager
    def receive(self) -> Iterator[Callable[[bytes], None]]:
        """Yield the function that takes the pieces; at the end the file stands under its name, or nothing does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                yield lambda piece: self._take(file, piece)
            if not self.bytes:
                raise InputError("The file is empty.", "Upload a file with at least one example in it.")
            partial.replace(self.path)
        finally:
            partial.unlink(missing_ok=True)

    def _take(self, file: BinaryIO, piece: bytes) -> None:
        if b"\0" in piece:
            raise InputError("This file is not text.", "Upload CSV, JSON or JSONL text in UTF-8.")
        self.bytes += len(piece)
        if self.bytes > self._limit_bytes:
            raise InputError(f"The file is larger than {self._limit_bytes:,} bytes.", "Split it, or use `prepare`.")
        file.write(piece)


def store_upload(filename: str, pieces: Iterable[bytes], limit_bytes: int = UPLOAD_LIMIT_BYTES) -> dict:
    """Keep an uploaded file; its id goes to `start_preparing(upload=...)`.

    Raises InputError for another type of file than CSV, JSON or JSONL, an empty one, or one beyond `limit_bytes`.
    """
    upload = Upload(filename, limit_bytes)
    with upload.receive() as take:
        for piece in pieces:
            take(piece)
    return {"id": upload.id, "bytes": upload.bytes}


def upload_path(upload_id: str) -> str:
    """Where an uploaded file lies. Raises NotFoundError; an id is never taken for a path."""
    if not re.fullmatch(r"[0-9a-f]{16}\.(csv|json|jsonl)", upload_id):
        raise NotFoundError(f"There is no upload {upload_id[:80]!r}.", "Upload the file again.")
    path = home() / "uploads" / upload_id
    if not path.is_file():
        raise NotFoundError(f"There is no upload {upload_id!r}.", "Upload the file again.")
    return str(path)


def input_file(path: str) -> str:
    """The absolute path of a file to make a dataset of. Raises InputError or NotFoundError when it is none."""
    if "\0" in path:
        raise InputError("A file's path cannot hold a NUL character.", "Give the path of a CSV, JSON or JSONL file.")
    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise NotFoundError(f"There is no file {file}.", "Check the path.")
    if not file.is_file():
        raise InputError(f"{file} is not a file.", "Give the path of a CSV, JSON or JSONL file.")
    if file.stat().st_size == 0:
        raise InputError(f"{file} is empty.", "Give a file with at least one example in it.")
    return str(file)


def _described(artifact: Artifact) -> dict | None:
    folder = Path(artifact.path)
    report = folder / "data_report.json"
    if not report.is_file():
        return None
    return {
        "id": artifact.id,
        "name": folder.name.removesuffix("_dataset"),
        "path": str(folder),
        "job_id": artifact.job_id,
        "created_at": artifact.created_at,
        "report": json.loads(report.read_text(encoding="utf-8")),
    }
