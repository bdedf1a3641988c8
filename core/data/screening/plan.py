"""How the rows of a source become examples, decided before they are read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.data.rows import Packet, Row, Source
from core.data.screening.revising import Revision
from core.data.shapes import Detected
from core.data.shapes.unused import unused_in_words
from core.errors import InputError
from core.examples.roles import LABELS, SHAPE_COLUMNS
from core.specs import Cleaning, PrepareSpec, Shape, Split
from core.specs.results.report import DataReport

_SPLIT_NAMES = {
    Split.TRAIN: ("train", "training"),
    Split.VALIDATION: ("validation", "valid", "val", "dev", "eval"),
    Split.TEST: ("test", "testing", "heldout"),
}
SPLIT_CODES = {name: code for code, names in enumerate(_SPLIT_NAMES.values()) for name in names}
"""The number of the split that a row names."""
NO_SPLIT = -1
SPLIT = "split"
"""The role, and the column of a stored dataset, that names the split."""

Batch = list[Row] | list[Packet]
"""Rows, or packets of rows."""


@dataclass(frozen=True)
class Plan:
    """How rows become examples. `detected` is None for the rows of an existing dataset."""

    shape: Shape
    columns: tuple[str, ...]
    detected: Detected | None
    cleaning: Cleaning | None
    min_words: int
    max_words: int
    split_column: str | None = None
    excluded: frozenset[bytes] = frozenset()
    """Digests of questions that must not be in the dataset."""
    known: frozenset[str] = frozenset()
    """The columns that the source is known to have; empty if no others can appear."""
    repeated: frozenset[str] = frozenset()
    """Lines to remove as boilerplate because they appear in many rows."""


@dataclass(frozen=True)
class Planned:
    """An open source, and how its rows become examples."""

    spec: PrepareSpec
    source: Source
    batches: Iterator[Batch]
    plan: Plan
    detected: Detected
    strata: str | None
    """The stored column to stratify by."""
    notes: list[str]
    unused: list[str] = field(default_factory=list)
    """Columns, and paths inside them, that no role reads."""
    revision: Revision | None = None
    parent: DataReport | None = None
    """The report of the version that this one is made from."""


@contextmanager
def telling_what_was_read(planned: Planned) -> Iterator[None]:
    """Adds to InputErrors how the rows were read, which is often the cause."""
    try:
        yield
    except InputError as error:
        if planned.spec.source not in ("file", "hub"):
            raise
        notes = dict.fromkeys([*planned.notes, *planned.source.facts.get("notes", [])])
        told = [note.rstrip(".") for note in (planned.detected.reason, *notes, unused_in_words(planned.unused)) if note]
        raise InputError(f"{error.message} The rows were read as {'; '.join(told)}.", error.remedy) from error


def columns_of(shape: Shape, present: Iterable[str]) -> tuple[str, ...]:
    """The columns of a dataset of `shape`, out of those that are `present`.

    A system prompt gets a column only if the examples have no messages; otherwise it is the first message.
    """
    own = {*SHAPE_COLUMNS[shape], *(["system"] if "messages" in SHAPE_COLUMNS[shape] else [])}
    extra = [name for name in ("system", "tools", *LABELS) if name in {*present} - own]
    return (*SHAPE_COLUMNS[shape], *extra)
