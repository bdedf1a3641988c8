"""The examples that passed the screen: their texts on disk, a few numbers about each in memory."""

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from core.examples.example import answer_text, question_text

if TYPE_CHECKING:
    from core.data.screening.screening import Screened

_ARRAYS = ("rows", "digests", "questions", "answers", "labels", "words", "splits")


class Place(NamedTuple):
    """Where the texts of a batch of examples lie."""

    file: str
    start: int
    size: int


class Store:
    """A folder of Arrow messages, to which several processes add, each in a file of its own."""

    def __init__(self, folder: Path):
        self._path = folder / f"{os.getpid()}.arrow"
        self._file: BinaryIO | None = None

    def put(self, batch: pa.RecordBatch) -> Place:
        """Write the texts of a batch, to be read from where it says."""
        if not self._file:
            self._file = self._path.open("ab", buffering=0)
        message, start = memoryview(batch.serialize()), self._file.tell()
        while message:
            message = message[self._file.write(message) :]
        return Place(self._path.name, start, self._file.tell() - start)


class Examples:
    """The texts of batches one after another, by index. Several processes may read them at once."""

    def __init__(self, folder: Path, columns: tuple[str, ...], places: list[Place]):
        self._folder, self.columns, self._places = folder, columns, places
        self._schema = schema_of(columns)

    def __reduce__(self):  # other processes get the way to the texts, nothing that is in memory here
        return Examples, (self._folder, self.columns, self._places)

    @cached_property
    def _batches(self) -> list[pa.RecordBatch]:
        files = {name: pa.memory_map(str(self._folder / name)) for name in {place.file for place in self._places}}
        return [self._batch(files[place.file], place) for place in self._places]

    def _batch(self, file: pa.MemoryMappedFile, place: Place) -> pa.RecordBatch:
        file.seek(place.start)
        return pa.ipc.read_record_batch(file.read_buffer(place.size), self._schema)

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    @property
    def size_bytes(self) -> int:
        """Of all texts on disk."""
        return sum(place.size for place in self._places)

    def table(self, indices: np.ndarray, columns: list[str] | None = None) -> pa.Table:
        """The examples at `indices`, in that order. Copies them alone, however large the file is."""
        schema = self._schema if columns is None else pa.schema([self._schema.field(name) for name in columns])
        if not len(indices):
            return schema.empty_table()
        home = np.searchsorted(self._starts, indices, side="right") - 1
        order = np.argsort(home, kind="stable")
        homes, firsts = np.unique(home[order], return_index=True)
        pieces = []
        for batch, mine in zip(homes, np.split(order, firsts[1:]), strict=True):
            source = self._batches[batch] if columns is None else self._batches[batch].select(columns)
            pieces.append(source.take(pa.array(indices[mine] - self._starts[batch])))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.Table.from_batches(pieces).combine_chunks().take(pa.array(back))

    def examples(self, indices: np.ndarray) -> list[dict]:
        """The examples at `indices` as dicts, `row` among their values."""
        return self.table(indices).to_pylist()

    def texts(self, indices: np.ndarray) -> list[str]:
        """Question and answer of each example in one text, for finding what is alike."""
        return [whole_text(example) for example in self.examples(indices)]

    def codes(self, name: str) -> tuple[np.ndarray, list[str]]:
        """The values of a column of labels as numbers from 0, and what each number stands for."""
        known: dict[str, int] = {}
        codes = []
        for batch in self._batches:
            values = batch.column(name).dictionary_encode()
            mine = np.array([known.setdefault(value, len(known)) for value in values.dictionary.to_pylist()], np.int64)
            codes.append(mine[values.indices.to_numpy(zero_copy_only=False)] if len(mine) else mine)
        return np.concatenate(codes), list(known)


class Kept(Examples):
    """What is added batch by batch, then read by index; the arrays of `Screened` stand at `kept.rows` and so on."""

    def __init__(self, folder: Path, columns: tuple[str, ...]):
        super().__init__(folder, columns, [])
        self._parts: list[Screened] = []
        self._count = 0

    def add(self, screened: "Screened") -> None:
        """The examples of a batch come behind those there are."""
        self._places.append(screened.place)
        self._parts.append(screened)
        self._count += len(screened.rows)

    def close(self) -> None:
        """No more will come: from now on it can be read."""
        for name in _ARRAYS:
            setattr(self, name, np.concatenate([getattr(part, name) for part in self._parts]))
        self._parts.clear()

    def __len__(self) -> int:
        return self._count


def schema_of(columns: Iterable[str]) -> pa.Schema:
    """The Arrow schema of stored examples: their row, then texts."""
    return pa.schema([("row", pa.int64()), *((column, pa.string()) for column in columns)])


def whole_text(example: dict) -> str:
    """Question and answer of an example in one text."""
    if "text" in example:
        return example["text"]
    return f"{question_text(example)} {answer_text(example)}"
