"""The examples that remain in a dataset while duplicates are dropped and splits assigned."""

from collections.abc import Callable
from functools import partial

import numpy as np

from core.data.overlap.matching import Fingerprints, Pairs
from core.data.overlap.minhash import sketches
from core.data.overlap.near import near_pairs
from core.data.screening.examples import Examples
from core.data.screening.kept import Kept
from core.data.screening.plan import NO_SPLIT
from core.examples.drops import Drop
from core.processes.pool import in_processes

_ROWS_PER_PIECE = 5_000
_ROWS_ALONE = 20_000
_LOOKING = "looking for near duplicates"

Step = Callable[[float, float, str], None]
"""Reports progress: how much is done, of how much, of what. Raises when the user wants to stop."""


class Selection:
    """Which examples remain (`alive`), in which split each is (`splits`), and which rows were dropped and why."""

    def __init__(self, kept: Kept):
        self.kept = kept
        self.alive = np.ones(len(kept), bool)
        self.splits = np.full(len(kept), NO_SPLIT, np.int8)
        self.dropped: dict[Drop, np.ndarray] = {}
        self.pairs: Pairs = []
        """Near duplicates, by index."""
        self.copies = np.empty(0, np.int64)
        """Exact duplicates that remain because deduplication is off."""
        self.near_parted = False
        """Near duplicates are in different splits, because nearly all examples are near duplicates."""
        self.notes: list[str] = []
        self._sketches: np.ndarray | None = None

    @property
    def indices(self) -> np.ndarray:
        """The remaining examples."""
        return np.flatnonzero(self.alive)

    def drop(self, indices: np.ndarray, reason: Drop) -> None:
        """Drop the examples at `indices`."""
        if len(indices):
            self.alive[indices] = False
            rows = self.kept.rows[indices]
            self.dropped[reason] = np.concatenate([self.dropped[reason], rows]) if reason in self.dropped else rows
            self.pairs = [pair for pair in self.pairs if self.alive[pair[0]] and self.alive[pair[1]]]

    def find_near(self, threshold: float, step: Step) -> None:
        """Find near duplicates among the remaining examples."""
        mine = self.indices
        pieces = [mine[start : start + _ROWS_PER_PIECE] for start in range(0, len(mine), _ROWS_PER_PIECE)]
        make = partial(Sketcher, self.kept)
        parts = []
        for part in map(make(), pieces) if len(mine) <= _ROWS_ALONE else in_processes(make, pieces):
            parts.append(part)
            step(len(parts), len(pieces) + 1, _LOOKING)
        self._sketches = np.zeros((len(self.kept), parts[0].shape[1]), parts[0].dtype)
        self._sketches[mine] = np.concatenate(parts)
        parts.clear()
        pairs = near_pairs(self._sketches[mine], lambda which: self._texts(mine[which], step), threshold)
        digests = self.kept.digests
        self.pairs = [
            (int(mine[one]), int(mine[other]), alike)
            for one, other, alike in pairs
            if digests[mine[one]] != digests[mine[other]]
        ]

    def fingerprints(self) -> Fingerprints:
        """The fingerprints of the remaining examples."""
        kept, mine = self.kept, self.indices
        known = None if self._sketches is None else self._sketches[mine]
        return Fingerprints(kept.digests[mine], kept.questions[mine], known, lambda which: kept.texts(mine[which]))

    def _texts(self, indices: np.ndarray, step: Step) -> list[str]:
        step(1, 1, _LOOKING)
        return self.kept.texts(indices)


class Sketcher:
    """Computes the MinHash sketches of examples. Runs in several processes if there are many."""

    def __init__(self, examples: Examples):
        self._examples = examples

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        return sketches(self._examples.texts(indices))
