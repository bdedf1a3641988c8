"""The examples that passed the screen: their texts on disk, a few numbers about each in memory."""

from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.screening import Screened, schema_of
from core.data.shapes import answer_text, question_text

_ARRAYS = ("rows", "digests", "questions", "answers", "labels", "words", "splits")


class Examples:
    """The texts, by index. Several processes may read them at once."""

    def __init__(self, path: Path, columns: tuple[str, ...]):
        self.path, self.columns = path, columns
        self._schema = schema_of(columns)

    @cached_property
    def _batches(self) -> list[pa.RecordBatch]:
        return pa.ipc.open_stream(pa.memory_map(str(self.path))).read_all().to_batches()

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *(batch.num_rows for batch in self._batches)])

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
    """What is written batch by batch, then read by index; the arrays of `Screened` stand at `kept.rows` and so on."""

    def __init__(self, path: Path, columns: tuple[str, ...]):
        super().__init__(path, columns)
        self._file = path.open("wb")
        self._file.write(self._schema.serialize().to_pybytes())
        self._parts: list[Screened] = []
        self._count = 0

    def add(self, screened: Screened) -> None:
        """Put the examples of a batch behind those there are; their Arrow message goes to the file as it is."""
        self._file.write(screened.examples)
        self._parts.append(screened._replace(examples=b""))
        self._count += len(screened.rows)

    def close(self) -> None:
        """No more will come: from now on it can be read."""
        self._file.write(b"\xff\xff\xff\xff\0\0\0\0")  # the end of an Arrow stream
        self._file.close()
        for name in _ARRAYS:
            setattr(self, name, np.concatenate([getattr(part, name) for part in self._parts]))
        self._parts.clear()

    def __len__(self) -> int:
        return self._count


def whole_text(example: dict) -> str:
    """Question and answer of an example in one text."""
    if "text" in example:
        return example["text"]
    return f"{question_text(example)} {answer_text(example)}"
