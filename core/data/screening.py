"""Turns rows into clean examples, batch by batch: what stays as Arrow, numbers about each, and why the rest goes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from core.data.cleaning import Cleaner, looks_refused, looks_truncated
from core.data.drops import Drop
from core.data.parallel import in_processes
from core.data.reading import unpacked
from core.data.rows import Row
from core.data.shapes import LABELS, SHAPE_COLUMNS, Detected, Mapper, answer_text, question_text, stored
from core.data.validation import (
    Example,
    count_words,
    digest_of,
    form_problem,
    hopelessly_long,
    length_problem,
    plain,
    questions,
)
from core.jobs import Cleaning, Shape, Split

_ROWS_ALONE = 20_000
"""So many rows are screened before it pays to start other processes."""

_SPLITS = {
    Split.TRAIN: ("train", "training"),
    Split.VALIDATION: ("validation", "valid", "val", "dev", "eval"),
    Split.TEST: ("test", "testing", "heldout"),
}
SPLIT_CODES = {name: code for code, names in enumerate(_SPLITS.values()) for name in names}
"""The number of the split that a row names."""
NO_SPLIT = -1

Batch = list[Row] | list[bytes]
"""Rows, or packets of rows."""


@dataclass(frozen=True)
class Plan:
    """How rows become examples. `detected` is None where the rows are those of a dataset already."""

    shape: Shape
    columns: tuple[str, ...]
    detected: Detected | None
    cleaning: Cleaning | None
    min_words: int
    max_words: int
    split_column: str | None = None
    excluded: frozenset[bytes] = frozenset()
    """Digests of questions that may not stand in the dataset."""
    repeated: frozenset[str] = frozenset()
    """Lines that are boilerplate because they stand in many rows."""


class Screened(NamedTuple):
    """What came of a batch of rows. The arrays have one number for each example that stays."""

    read: int
    examples: bytes
    """A record batch of `columns` and `row`, as a message of an Arrow stream."""
    rows: np.ndarray
    positions: np.ndarray
    """Which of the batch's rows each was."""
    digests: np.ndarray
    """uint64, the same for the same texts."""
    questions: np.ndarray
    """uint64, the same for the same question."""
    labels: np.ndarray
    """uint64 that tells apart what differs in labels alone."""
    words: np.ndarray
    splits: np.ndarray
    refused: np.ndarray
    truncated: np.ndarray
    drops: list[tuple[int, Drop]]
    """Row and reason."""
    cleaned: Counter
    """Examples that each step of cleaning changed or left out."""
    samples: dict[str, list[dict]]


class Screen:
    """Screens one batch of rows after another."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._example_of = Mapper(plan.detected or stored(plan.columns)).example
        self._texts = tuple(c for c in plan.columns if c not in LABELS)
        self._labels = tuple(c for c in plan.columns if c in LABELS)
        self._schema = schema_of(plan.columns)

    def __call__(self, batch: Batch) -> Screened:
        rows = rows_of(batch)
        cleaner = Cleaner(self._plan.cleaning, self._plan.repeated) if self._plan.cleaning else None
        kept: list[tuple] = []
        drops: list[tuple[int, Drop]] = []
        for position, row in enumerate(rows):
            example, problem = (None, row.problem) if row.problem else self._cleaned(row, cleaner)
            numbers = problem or self._numbers(example)
            if isinstance(numbers, Drop):
                drops.append((row.number, numbers))
                continue
            kept.append((example, row.number, position, self._split_of(row), *numbers))
        counts, samples = (cleaner.counts, dict(cleaner.samples)) if cleaner else (Counter(), {})
        return self._screened(len(rows), kept, drops, counts, samples)

    def _cleaned(self, row: Row, cleaner: Cleaner | None) -> tuple[Example | None, Drop | None]:
        example, problem = self._example_of(row.values)
        if problem:
            return None, problem
        if hopelessly_long(example.values(), self._plan.max_words):
            return None, Drop.TOO_LONG
        if not cleaner:
            return example, None
        example, _, problem = cleaner.clean(example, row.number)
        return example, problem

    def _numbers(self, example: Example) -> tuple | Drop:
        """Digests, words and flags of an example, or why it may not stay."""
        plan = self._plan
        if plan.shape is Shape.INSTRUCTION:
            asked, answer = example["instruction"], example["output"]
            question = f"{asked} {example['input']}" if example["input"] else asked
            text = "\x1f".join([example[name] for name in self._texts])  # a separator that is white space to `split`
            words = count_words(text)
        else:
            answer = answer_text(example)
            asked = question = None if plan.shape is Shape.TEXT else question_text(example)
            text = "\x1f".join([example[name] for name in self._texts])
            words = count_words(f"{question or ''} {answer}")
        problem = form_problem(asked, answer) or length_problem(words, plan.min_words, plan.max_words)
        if problem:
            return problem
        if plan.excluded and questions(question or answer, example.get("input", "")) & plan.excluded:
            return Drop.EXCLUDED
        labels = digest_of("\x1f".join([example[name] for name in self._labels])) if self._labels else bytes(8)
        asked_digest = digest_of(plain(question)) if question else digest_of(answer)
        return digest_of(text), asked_digest, labels, words, looks_refused(answer), looks_truncated(answer)

    def _split_of(self, row: Row) -> int:
        if self._plan.split_column is None:
            return NO_SPLIT
        return SPLIT_CODES.get(str(row.values.get(self._plan.split_column)).strip().lower(), NO_SPLIT)

    def _screened(self, read: int, kept: list[tuple], drops: list, cleaned: Counter, samples: dict) -> Screened:
        example, rows, positions, splits, digests, asked, labels, words, refused, truncated = (
            zip(*kept, strict=True) if kept else [()] * 10
        )
        numbers = np.array(rows, np.int64)
        columns = [_texts([one[name] for one in example]) for name in self._plan.columns]
        batch = pa.RecordBatch.from_arrays([pa.array(numbers), *columns], schema=self._schema)
        digests, asked, labels = (np.frombuffer(b"".join(of), np.uint64) for of in (digests, asked, labels))
        return Screened(
            read, batch.serialize().to_pybytes(), numbers, np.array(positions, np.int32), digests, asked, labels,
            np.array(words, np.int32), np.array(splits, np.int8), np.array(refused, bool), np.array(truncated, bool),
            drops, cleaned, samples,
        )  # fmt: skip


def rows_of(batch: Batch) -> list[Row]:
    """The rows of a batch, unpacked if need be."""
    if isinstance(batch[0], bytes):
        return [row for packet in batch for row in unpacked(packet)]
    return batch


def schema_of(columns: Iterable[str]) -> pa.Schema:
    """The Arrow schema of stored examples: their row, then texts."""
    return pa.schema([("row", pa.int64()), *((column, pa.string()) for column in columns)])


def columns_of(shape: Shape, present: Iterable[str]) -> tuple[str, ...]:
    """The columns that a dataset of `shape` has, of those that are `present`."""
    extra = [name for name in ("system", *LABELS) if name in set(present)]
    return (*SHAPE_COLUMNS[shape], *extra)


def _texts(values: list[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and a file of text cannot
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], pa.string())


def screened(plan: Plan, batches: Iterator[Batch]) -> Iterator[Screened]:
    """What came of each batch, in order. A source that goes on and on is shared out to several processes."""
    screen, read = Screen(plan), 0
    for batch in batches:
        done = screen(batch)
        yield done
        read += done.read
        if read >= _ROWS_ALONE:
            break
    more = next(batches, None)
    if more:
        yield from in_processes(partial(Screen, plan), chain([more], batches))
