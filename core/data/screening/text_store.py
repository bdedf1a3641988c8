"""Stores the texts of examples on disk while a dataset is prepared, so that it may be larger than memory."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa


class Place(NamedTuple):
    """Where the texts of a batch of examples are stored."""

    file: str
    start: int
    size: int


class TextStore:
    """A folder of Arrow messages. Several processes may write to it, each to its own file."""

    def __init__(self, folder: Path):
        self._path = folder / f"{os.getpid()}.arrow"
        self._file: BinaryIO | None = None

    def put(self, batch: pa.RecordBatch) -> Place:
        """Write the texts of a batch; returns where to read them."""
        if not self._file:
            self._file = self._path.open("ab", buffering=0)
        message, start = memoryview(batch.serialize()), self._file.tell()
        while message:
            message = message[self._file.write(message) :]
        return Place(self._path.name, start, self._file.tell() - start)


def schema_of(columns: Iterable[str]) -> pa.Schema:
    """The Arrow schema of stored examples: `row`, then texts."""
    return pa.schema([("row", pa.int64()), *((column, pa.string()) for column in columns)])
