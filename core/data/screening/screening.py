"""Turns rows into clean, valid examples, batch by batch: texts go to disk, numbers stay in memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, compress
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.cleaning import Answers, Cleaner
from core.data.reading import unpack
from core.data.rows import Packet, Row
from core.data.screening.digests import (
    ENCODING,
    SEPARATOR,
    answer_digests,
    digests_of,
    label_digests,
    question_digests,
    questions,
)
from core.data.screening.plan import NO_SPLIT, SPLIT_CODES, Batch, Plan
from core.data.screening.screened import Screened
from core.data.screening.text_store import Place, TextStore, schema_of
from core.data.screening.validation import form_problem, hopelessly_long, length_problem
from core.data.screening.word_counts import words_of_each
from core.data.shapes import Mapper, detect_prepared
from core.data.shapes.caveats import Caveat
from core.data.shapes.new_fields import NewFields
from core.examples.drops import Drop
from core.examples.example import answer_text, question_text
from core.examples.roles import LABELS
from core.processes.pool import in_processes
from core.specs import Shape

Example = dict[str, str]

_ROWS_ALONE = 10_000
"""Rows to screen in this process before starting others pays off."""


class Screen:
    """Screens batches of rows and stores the texts that pass in `folder`."""

    def __init__(self, plan: Plan, folder: Path):
        self._plan = plan
        self._store = TextStore(folder)
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
        caveats: dict[int, set[Caveat]] = {}
        for place, (example, _, problem) in self._cleaned(rows, cleaner, drops, caveats):
            problem = problem or self._form_problem(example)
            if problem:
                drops[place] = problem
            else:
                examples.append(example)
                places.append(place)
        texts = [SEPARATOR.join([example[name] for name in self._texts]).encode(*ENCODING) for example in examples]
        words = self._words(examples, texts)
        stay = (words >= self._plan.min_words) & (words <= self._plan.max_words)
        for index in np.flatnonzero(~stay):
            drops[places[index]] = length_problem(int(words[index]), self._plan.min_words, self._plan.max_words)
        if not stay.all():
            examples, places, texts = (list(compress(column, stay)) for column in (examples, places, texts))
        shape, digests = self._plan.shape, digests_of(texts)
        numbers = np.array([rows[place].number for place in places], np.int64)
        return Screened(
            read=len(rows),
            place=self._stored(examples, numbers),
            rows=numbers,
            positions=np.array(places, np.int32),
            digests=digests,
            questions=question_digests(shape, examples, digests),
            answers=answer_digests(shape, examples, digests),
            labels=label_digests(self._labels, examples),
            words=words[stay],
            splits=self._splits([rows[place] for place in places]),
            drops=[(rows[place].number, drops[place]) for place in sorted(drops)],
            caveats=[
                (rows[place].number, caveat)
                for place, of_row in caveats.items()
                if place not in drops
                for caveat in of_row
            ],
            cleaned=cleaner.counts if cleaner else Counter(),
            samples=dict(cleaner.samples) if cleaner else {},
            fates=cleaner.answers if cleaner else Answers(),
            unused=self._watch.unknown(row.values for row in rows) if self._watch else set(),
        )

    def _cleaned(
        self, rows: list[Row], cleaner: Cleaner | None, drops: dict[int, Drop], caveats: dict[int, set[Caveat]]
    ) -> Iterable[tuple]:
        """The position of each example and the result of cleaning it. Adds rows that make no example to `drops`, and
        caveats on the others to `caveats`."""
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
                    caveats[place] = self._mapper.caveats
        if not cleaner:
            return zip(places, ((example, (), None) for example in examples), strict=True)
        return zip(places, cleaner.clean_each(examples, [rows[place].number for place in places]), strict=True)

    def _form_problem(self, example: Example) -> Drop | None:
        if self._plan.shape is Shape.INSTRUCTION:
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
        if self._plan.shape not in (Shape.INSTRUCTION, Shape.TEXT):  # the stored texts are partly JSON
            said = (f"{question_text(example)} {answer_text(example)}" for example in examples)
            texts = [text.encode(*ENCODING) for text in said]
        return words_of_each(texts)

    def _splits(self, rows: list[Row]) -> np.ndarray:
        column = self._plan.split_column
        if column is None:
            return np.full(len(rows), NO_SPLIT, np.int8)
        named = (str(row.values.get(column)).strip().lower() for row in rows)
        return np.array([SPLIT_CODES.get(name, NO_SPLIT) for name in named], np.int8)

    def _stored(self, examples: list[Example], rows: np.ndarray) -> Place:
        columns = [_text_array([example[name] for example in examples]) for name in self._plan.columns]
        return self._store.put(pa.RecordBatch.from_arrays([pa.array(rows), *columns], schema=self._schema))


def rows_of(batch: Batch) -> list[Row]:
    """The rows of a batch, unpacked if necessary."""
    if isinstance(batch[0], Packet):
        return [row for packet in batch for row in unpack(packet)]
    return batch


def _text_array(values: list[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # a lone surrogate, which JSON can hold and UTF-8 cannot
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], pa.string())


def screened(plan: Plan, batches: Iterator[Batch], folder: Path, is_large: bool = False) -> Iterator[Screened]:
    """The result of each batch, in order. A long source, or one that `is_large`, is screened in several processes."""
    screen, read = Screen(plan, folder), 0
    while not is_large and read < _ROWS_ALONE:
        if (batch := next(batches, None)) is None:
            return
        done = screen(batch)
        yield done
        read += done.read
    if more := next(batches, None):
        yield from in_processes(partial(Screen, plan, folder), chain([more], batches))
