"""One finding of a data report: a problem, or something worth knowing."""

from dataclasses import dataclass, field

import numpy as np

from core.data.overlap.matching import Pairs
from core.data.overlap.selection import Selection
from core.specs import Mend

MANY = 0.01
"""Above this share of the examples, a problem that concerns single examples is a warning."""
_ROWS_NAMED = 200
PAIRS_NAMED = 50


@dataclass(frozen=True)
class Finding:
    """`count` is a number of examples, `rows` are the ids of some of them, `pairs` are (row, row, similarity)."""

    kind: str
    severity: str
    title: str
    why: str
    count: int
    rows: list[int] = field(default_factory=list)
    pairs: list[list[float]] = field(default_factory=list)
    mend: Mend | None = None


def counted(count: int) -> str:
    return f"{count:,} {'example' if count == 1 else 'examples'}"


def severity_of(count: int, total: int) -> str:
    """The severity of a problem in `count` of `total` examples."""
    return "warning" if count > MANY * total else "info"


def sampled(size: int, selection: Selection) -> str:
    """The size of the sample that a count is from; empty if all examples were checked."""
    return "" if size == len(selection.indices) else f" out of {size:,} checked"


def some(rows: np.ndarray) -> list[int]:
    """The first of these rows."""
    return np.sort(rows)[:_ROWS_NAMED].tolist()


def most_alike(pairs: Pairs, rows: np.ndarray) -> list[list[float]]:
    """The pairs with the highest similarity, by row id."""
    named = [[int(rows[one]), int(rows[other]), round(share, 3)] for one, other, share in pairs]
    return sorted(named, key=lambda pair: (-pair[2], *pair[:2]))[:PAIRS_NAMED]
