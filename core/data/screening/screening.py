"""Turns rows into clean examples, batch by batch: what stays as Arrow, numbers about each, and why the rest goes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from core.data.cleaning import Answers, Cleaner
from core.data.reading import unpack
from core.data.rows import Packet, Row
from core.data.screening.kept import Place, Store, schema_of
from core.data.screening.parallel import in_processes
from core.data.screening.validation import (
    Example,
    digest_of,
    form_problem,
    hopelessly_long,
    length_problem,
    plain,
    questions,
    words_of_each,
)
from core.data.shapes import Detected, Mapper, detect_prepared
from core.data.shapes.caveats import Caveat
from core.data.shapes.new_fields import NewFields
from core.examples.drops import Drop
from core.examples.example import answer_text, question_text
from core.examples.roles import LABELS, SHAPE_COLUMNS
from core.specs import Cleaning, Shape, Split

_ROWS_ALONE = 10_000
"""So many rows are screened before it pays to start other processes."""

_SPLITS = {
    Split.TRAIN: ("train", "training"),
    Split.VALIDATION: ("validation", "valid", "val", "dev", "eval"),
    Split.TEST: ("test", "testing", "heldout"),
}
SPLIT_CODES = {name: code for code, names in enumerate(_SPLITS.values()) for name in names}
"""The number of the split that a row names."""
NO_SPLIT = -1

_SEPARATOR = "\x1f"
"""Stands between the texts of an example where they are taken as one: white space that cleaning leaves in no text."""
_ENCODING = ("utf-8", "surrogatepass")

Batch = list[Row] | list[Packet]
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
    known: frozenset[str] = frozenset()
    """The columns that the source is known to have; none where nothing new can come."""
    repeated: frozenset[str] = frozenset()
    """Lines that are boilerplate because they stand in many rows."""


class Screened(NamedTuple):
    """What came of a batch of rows. The arrays have one number for each example that stays."""

    read: int
    place: Place
    """Of their texts."""
    rows: np.ndarray
    positions: np.ndarray
    """Which of the batch's rows each was."""
    digests: np.ndarray
    """uint64, the same for the same texts."""
    questions: np.ndarray
    """uint64, the same for the same question."""
    answers: np.ndarray
    """uint64, the same for the same answer."""
    labels: np.ndarray
    """uint64 that tells apart what differs in labels alone."""
    words: np.ndarray
    splits: np.ndarray
    drops: list[tuple[int, Drop]]
    """Row and reason."""
    remarks: list[tuple[int, Caveat]]
    """Row and what is worth telling of it."""
    cleaned: Counter
    """Examples that each step of cleaning changed or left out."""
    samples: dict[str, list[dict]]
    fates: Answers
    """What cleaning did to answers."""
    unused: set[str]
    """Paths to what the first rows of the source did not have, and nothing reads."""


class Screen:
    """Screens one batch of rows after another; the texts that stay go into a store in `folder`."""

    def __init__(self, plan: Plan, folder: Path):
        self._plan = plan
        self._store = Store(folder)
        self._is_instruction = plan.shape is Shape.INSTRUCTION  # the common one goes short ways
        self._mapper = Mapper(plan.detected or detect_prepared(plan.columns))
        self._watch = NewFields(plan.known, plan.detected.mapping) if plan.detected and plan.known else None
        self._texts = tuple(column for column in plan.columns if column not in LABELS)
        self._labels = tuple(column for column in plan.columns if column in LABELS)
        self._schema = schema_of(plan.columns)

    def __call__(self, batch: Batch) -> Screened:
        rows = rows_of(batch)
        cleaner = Cleaner(self._plan.cleaning, self._plan.repeated) if self._plan.cleaning else None
        drops: dict[int, Drop] = {}
        examples, places = [], []
        remarks: dict[int, set[Caveat]] = {}
        for place, (example, _, problem) in self._cleaned(rows, cleaner, drops, remarks):
            problem = problem or self._form_problem(example)
            if problem:
                drops[place] = problem
            else:
                examples.append(example)
                places.append(place)
        texts = [_SEPARATOR.join([example[name] for name in self._texts]).encode(*_ENCODING) for example in examples]
        words = self._words(examples, texts)
        stay = (words >= self._plan.min_words) & (words <= self._plan.max_words)
        for index in np.flatnonzero(~stay):
            drops[places[index]] = length_problem(int(words[index]), self._plan.min_words, self._plan.max_words)
        if not stay.all():
            examples, places, texts = (list(compress(column, stay)) for column in (examples, places, texts))
        counts, samples = (cleaner.counts, dict(cleaner.samples)) if cleaner else (Counter(), {})
        fates = cleaner.answers if cleaner else Answers()
        named = [(rows[place].number, drops[place]) for place in sorted(drops)]
        told = [
            (rows[place].number, remark) for place, of_row in remarks.items() if place not in drops for remark in of_row
        ]
        digests, numbers = _digests(texts), np.array([rows[place].number for place in places], np.int64)
        return Screened(
            len(rows), self._stored(examples, numbers), numbers, np.array(places, np.int32),
            digests, self._questions(examples, digests), self._answers(examples, digests),
            self._label_digests(examples), words[stay], self._splits([rows[place] for place in places]),
            named, told, counts, samples, fates,
            self._watch.unknown(row.values for row in rows) if self._watch else set(),
        )  # fmt: skip

    def _cleaned(
        self, rows: list[Row], cleaner: Cleaner | None, drops: dict[int, Drop], remarks: dict[int, set[Caveat]]
    ) -> Iterable[tuple]:
        """Each row's place and what came of cleaning it; rows that make no example go to `drops`, what is worth telling
        of the others to `remarks`."""
        examples, places = [], []
        for place, row in enumerate(rows):
            example, problem = (None, row.problem) if row.problem else self._mapper.example(row.values)
            if not problem and hopelessly_long(example.values(), self._plan.max_words):
                problem = Drop.TOO_LONG
            if problem:
                drops[place] = problem
            else:
                examples.append(example)
                places.append(place)
                if self._mapper.caveats:
                    remarks[place] = self._mapper.caveats
        if not cleaner:
            return zip(places, ((example, (), None) for example in examples), strict=True)
        return zip(places, cleaner.clean_each(examples, [rows[place].number for place in places]), strict=True)

    def _form_problem(self, example: Example) -> Drop | None:
        if self._is_instruction:
            problem = form_problem(example["instruction"], example["output"])
        elif self._plan.shape is Shape.TEXT:
            problem = form_problem(None, example["text"])
        else:
            problem = form_problem(question_text(example), answer_text(example))
        if problem or not self._plan.excluded:
            return problem
        asked = questions(question_text(example) or answer_text(example), example.get("input", ""))
        return Drop.EXCLUDED if asked & self._plan.excluded else None

    def _words(self, examples: list[Example], texts: list[bytes]) -> np.ndarray:
        if self._plan.shape not in (Shape.INSTRUCTION, Shape.TEXT):  # whose texts are JSON in part
            said = (f"{question_text(example)} {answer_text(example)}" for example in examples)
            texts = [text.encode(*_ENCODING) for text in said]
        return words_of_each(texts)

    def _splits(self, rows: list[Row]) -> np.ndarray:
        column = self._plan.split_column
        if column is None:
            return np.full(len(rows), NO_SPLIT, np.int8)
        named = (str(row.values.get(column)).strip().lower() for row in rows)
        return np.array([SPLIT_CODES.get(name, NO_SPLIT) for name in named], np.int8)

    def _stored(self, examples: list[Example], rows: np.ndarray) -> Place:
        columns = [_texts([example[name] for example in examples]) for name in self._plan.columns]
        return self._store.put(pa.RecordBatch.from_arrays([pa.array(rows), *columns], schema=self._schema))

    def _questions(self, examples: list[Example], digests: np.ndarray) -> np.ndarray:
        if self._plan.shape is Shape.TEXT:
            return digests
        if self._is_instruction:
            asked = [f"{one['instruction']} {one['input']}" for one in examples]  # white space does not count
        else:
            asked = map(question_text, examples)
        return _digests(map(plain, asked))

    def _answers(self, examples: list[Example], digests: np.ndarray) -> np.ndarray:
        if self._plan.shape is Shape.TEXT:
            return digests
        return _digests([one["output"] for one in examples] if self._is_instruction else map(answer_text, examples))

    def _label_digests(self, examples: list[Example]) -> np.ndarray:
        if not self._labels:
            return np.zeros(len(examples), np.uint64)
        return _digests([_SEPARATOR.join([example[name] for name in self._labels]) for example in examples])


def _digests(texts: Iterable[str | bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(map(digest_of, texts)), np.uint64)


def rows_of(batch: Batch) -> list[Row]:
    """The rows of a batch, unpacked if need be."""
    if isinstance(batch[0], Packet):
        return [row for packet in batch for row in unpack(packet)]
    return batch


def columns_of(shape: Shape, present: Iterable[str]) -> tuple[str, ...]:
    """The columns that a dataset of `shape` has, of those that are `present`: where its examples have messages, the
    system prompt is the first of them."""
    own = {*SHAPE_COLUMNS[shape], *(["system"] if "messages" in SHAPE_COLUMNS[shape] else [])}
    extra = [name for name in ("system", "tools", *LABELS) if name in {*present} - own]
    return (*SHAPE_COLUMNS[shape], *extra)


def _texts(values: list[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and a file of text cannot
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], pa.string())


def screened(plan: Plan, batches: Iterator[Batch], folder: Path, is_large: bool = False) -> Iterator[Screened]:
    """What came of each batch, in order. A source that goes on and on, or `is_large`, is shared out to processes."""
    screen, read = Screen(plan, folder), 0
    while not is_large and read < _ROWS_ALONE:
        if (batch := next(batches, None)) is None:
            return
        done = screen(batch)
        yield done
        read += done.read
    if more := next(batches, None):
        yield from in_processes(partial(Screen, plan, folder), chain([more], batches))
