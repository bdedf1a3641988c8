"""How the rows of a source become examples, decided before they are read."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.data.rows import Packet, Row
from core.data.shapes import Detected
from core.examples.roles import LABELS, SHAPE_COLUMNS
from core.specs import Cleaning, Shape, Split

_SPLIT_NAMES = {
    Split.TRAIN: ("train", "training"),
    Split.VALIDATION: ("validation", "valid", "val", "dev", "eval"),
    Split.TEST: ("test", "testing", "heldout"),
}
SPLIT_CODES = {name: code for code, names in enumerate(_SPLIT_NAMES.values()) for name in names}
"""The number of the split that a row names."""
NO_SPLIT = -1

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


def columns_of(shape: Shape, present: Iterable[str]) -> tuple[str, ...]:
    """The columns of a dataset of `shape`, out of those that are `present`.

    A system prompt gets a column only if the examples have no messages; otherwise it is the first message.
    """
    own = {*SHAPE_COLUMNS[shape], *(["system"] if "messages" in SHAPE_COLUMNS[shape] else [])}
    extra = [name for name in ("system", "tools", *LABELS) if name in {*present} - own]
    return (*SHAPE_COLUMNS[shape], *extra)
