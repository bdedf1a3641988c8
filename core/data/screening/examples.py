"""Reads stored examples by index."""

from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.screening.text_store import Place, schema_of
from core.examples.example import answer_text, question_text


class Examples:
    """The texts of all batches, by index. Several processes may read them at once."""

    def __init__(self, folder: Path, columns: tuple[str, ...], places: list[Place]):
        self._folder, self.columns, self._places = folder, columns, places
        self._schema = schema_of(columns)

    def __reduce__(self):  # pickled for other processes: where the texts are, nothing that is in memory
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
        """The size of all texts on disk."""
        return sum(place.size for place in self._places)

    def table(self, indices: np.ndarray, columns: list[str] | None = None) -> pa.Table:
        """The examples at `indices`, in that order. Copies only these, however large the file is."""
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
        """The examples at `indices` as dicts that include `row`."""
        return self.table(indices).to_pylist()

    def texts(self, indices: np.ndarray) -> list[str]:
        """The question and answer of each example in one text, for finding near duplicates."""
        return [whole_text(example) for example in self.examples(indices)]

    def codes(self, name: str) -> tuple[np.ndarray, list[str]]:
        """A column of labels as codes from 0, int64 [n], and the value of each code."""
        known: dict[str, int] = {}
        codes = []
        for batch in self._batches:
            values = batch.column(name).dictionary_encode()
            mine = np.array([known.setdefault(value, len(known)) for value in values.dictionary.to_pylist()], np.int64)
            codes.append(mine[values.indices.to_numpy(zero_copy_only=False)] if len(mine) else mine)
        return np.concatenate(codes), list(known)


def whole_text(example: dict) -> str:
    """The question and answer of an example in one text."""
    if "text" in example:
        return example["text"]
    return f"{question_text(example)} {answer_text(example)}"
