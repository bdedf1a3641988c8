"""The figures in a finding: counts in words, the rows and pairs that are named, and the severity that follows."""

import numpy as np

from core.data.overlap.matching import Pairs
from core.data.overlap.selection import Selection

MANY = 0.01
"""Above this share of the examples, a problem that concerns single examples is a warning."""
_ROWS_NAMED = 200
PAIRS_NAMED = 50


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


def most_alike(pairs: Pairs, rows: np.ndarray) -> list[tuple[int, int, float]]:
    """The pairs with the highest similarity, by row id."""
    named = [(int(rows[one]), int(rows[other]), round(share, 3)) for one, other, share in pairs]
    return sorted(named, key=lambda pair: (-pair[2], *pair[:2]))[:PAIRS_NAMED]
