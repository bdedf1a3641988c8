"""Which of the kept examples stay in the dataset, and in which split each stands."""

from collections.abc import Callable
from functools import partial

import numpy as np

from core.data.overlap.leakage import Pairs, Prints
from core.data.overlap.near import clusters, near_pairs, sketches
from core.data.overlap.splitting import shuffled, split_of
from core.data.screening.kept import Examples, Kept
from core.data.screening.parallel import in_processes
from core.data.screening.screening import NO_SPLIT
from core.errors import InputError
from core.examples.drops import Drop
from core.specs import PrepareSpec, Split

_ROWS_A_PIECE = 5_000
_ROWS_ALONE = 20_000
_FEW_ROWS, _MISSED = 20, 0.05
"""From so many rows on it is told when a split misses its ratio by so much."""

_LOOKING = "looking for near duplicates"

Step = Callable[[float, float, str], None]
"""Told what is done, of how much, of what; raises when the person wants to stop."""


class Selection:
    """Which examples stay (`alive`), in which split each stands (`splits`), and which rows went for what reason."""

    def __init__(self, kept: Kept):
        self.kept = kept
        self.alive = np.ones(len(kept), bool)
        self.splits = np.full(len(kept), NO_SPLIT, np.int8)
        self.dropped: dict[Drop, np.ndarray] = {}
        self.pairs: Pairs = []
        """Near duplicates, as indices."""
        self.copies = np.empty(0, np.int64)
        """Examples that say the same as another one and stay all the same."""
        self.near_parted = False
        """Near duplicates stand in different splits, because there is hardly anything else."""
        self.notes: list[str] = []
        self._sketches: np.ndarray | None = None

    @property
    def indices(self) -> np.ndarray:
        """The examples that stay."""
        return np.flatnonzero(self.alive)

    def drop(self, indices: np.ndarray, reason: Drop) -> None:
        """Leave out the examples at `indices`."""
        if len(indices):
            self.alive[indices] = False
            rows = self.kept.rows[indices]
            self.dropped[reason] = np.concatenate([self.dropped[reason], rows]) if reason in self.dropped else rows
            self.pairs = [pair for pair in self.pairs if self.alive[pair[0]] and self.alive[pair[1]]]

    def find_near(self, threshold: float, step: Step) -> None:
        """Look for near duplicates among the examples that stay."""
        mine = self.indices
        pieces = [mine[start : start + _ROWS_A_PIECE] for start in range(0, len(mine), _ROWS_A_PIECE)]
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

    def prints(self) -> Prints:
        """What is known of the examples that stay, for comparing them."""
        kept, mine = self.kept, self.indices
        known = None if self._sketches is None else self._sketches[mine]
        return Prints(kept.digests[mine], kept.questions[mine], known, lambda which: kept.texts(mine[which]))

    def _texts(self, indices: np.ndarray, step: Step) -> list[str]:
        step(1, 1, _LOOKING)
        return self.kept.texts(indices)


class Sketcher:
    """Makes the sketches of examples, in a process of its own where there are many."""

    def __init__(self, examples: Examples):
        self._examples = examples

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        return sketches(self._examples.texts(indices))


def exact_copies(selection: Selection) -> np.ndarray:
    """All but one of the examples that stay, say the same and name the same split: not the one whose labels come first.

    Which labels come first follows from the labels themselves, not from the order of the file.
    """
    kept, mine = selection.kept, selection.indices
    order = mine[np.lexsort((kept.labels[mine], kept.splits[mine], kept.digests[mine]))]
    digests, splits = kept.digests[order], kept.splits[order]
    return np.sort(order[1:][(digests[1:] == digests[:-1]) & (splits[1:] == splits[:-1])])


def near_copies(selection: Selection) -> np.ndarray:
    """All but one of each cluster of near duplicates that name the same split: not the one with the smallest digest."""
    kept = selection.kept
    pairs = [pair for pair in selection.pairs if kept.splits[pair[0]] == kept.splits[pair[1]]]
    if not pairs:
        return np.empty(0, np.int64)
    cluster = clusters(len(kept), pairs)
    members = np.unique(np.array([pair[:2] for pair in pairs]))
    order = members[np.lexsort((kept.digests[members], cluster[members]))]
    home = cluster[order]
    return np.sort(order[1:][home[1:] == home[:-1]])


def contradictions(selection: Selection) -> list[np.ndarray]:
    """Groups of examples that ask the same and are answered differently."""
    kept, mine = selection.kept, selection.indices
    order = mine[np.argsort(kept.questions[mine], kind="stable")]
    asked = kept.questions[order]
    again = np.r_[False, asked[1:] == asked[:-1]]
    order = order[again | np.r_[again[1:], False]]  # questions that are asked more than once
    if not len(order):
        return []
    answers = kept.answers[order]
    ends = np.flatnonzero(np.r_[kept.questions[order][1:] != kept.questions[order][:-1], True]) + 1
    groups = [(order[start:end], answers[start:end]) for start, end in zip(np.r_[0, ends], ends, strict=False)]
    return [group for group, answered in groups if (answered != answered[0]).any()]


def assign_splits(selection: Selection, spec: PrepareSpec, strata: str | None) -> None:
    """Give every example that stays its split: the one it names, or one by ratio.

    `strata` names the column whose values are spread over the splits. Raises InputError where it cannot be split.
    """
    kept, mine = selection.kept, selection.indices
    if spec.split_by == "given":
        given = kept.splits[mine]
        if (given == NO_SPLIT).all():
            raise InputError(
                "No row names the split it belongs to.",
                "Give a column called split with train, validation or test, or split by ratio.",
            )
        if lost := int((given == NO_SPLIT).sum()):
            selection.notes.append(f"{lost:,} rows name no split and were put into train")
        selection.splits[mine] = np.where(given == NO_SPLIT, 0, given)
        return
    ratios = dict(zip(map(str, Split), (spec.train_ratio, spec.val_ratio, spec.test_ratio), strict=True))
    shares = kept.codes(strata)[0][mine] if strata else None
    for by_document in (True, False) if spec.keep_together and "source" in kept.columns else (False,):
        groups = _groups(selection, spec, by_document)
        if groups.max() + 1 < sum(ratio > 0 for ratio in ratios.values()):
            if by_document:
                continue
            selection.near_parted = True
            groups = _groups(selection, spec, by_document)
        selection.splits[mine] = split_of(kept.digests[mine], groups, ratios, spec.seed, shares)
        if _met(selection, ratios):
            break
    else:
        selection.notes.append("what must not be parted is so large that the splits miss their ratios")
    if selection.near_parted and selection.pairs:
        selection.notes.append("nearly all examples are near duplicates of one another: they stand in several splits")
    if spec.keep_together and "source" in kept.columns and not by_document:
        selection.notes.append(
            "rows of one document stand in several splits: documents are too few or too large to part"
        )


def _met(selection: Selection, ratios: dict[str, float]) -> bool:
    """Whether the splits are about as large as asked for; of a few rows, they cannot be."""
    splits = selection.splits[selection.alive]
    sizes = np.bincount(splits, minlength=len(ratios)) / len(splits)
    return len(splits) <= _FEW_ROWS or np.abs(sizes - list(ratios.values())).max() <= _MISSED


def _groups(selection: Selection, spec: PrepareSpec, by_document: bool) -> np.ndarray:
    """One number for each example that stays, the same for those that must not be parted."""
    kept, mine = selection.kept, selection.indices
    labelings = [np.unique(kept.questions[mine], return_inverse=True)[1]]
    if spec.keep_together and selection.pairs and not selection.near_parted:
        labelings.append(clusters(len(kept), selection.pairs)[mine])
    if by_document:
        codes, names = kept.codes("source")
        nowhere = names.index("") if "" in names else -1
        own = np.where(codes == nowhere, len(names) + np.arange(len(codes)), codes)
        labelings.append(own[mine])
    return joined(labelings)


def joined(labelings: list[np.ndarray]) -> np.ndarray:
    """A labeling in which examples are one group that are so in any of `labelings`, directly or by way of others."""
    if len(labelings) == 1:
        return labelings[0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(labelings[0])
    starts, ends = [], []
    for labels in labelings:
        order = np.argsort(labels, kind="stable")
        same = labels[order][1:] == labels[order][:-1]
        starts.append(order[:-1][same])
        ends.append(order[1:][same])
    starts, ends = np.concatenate(starts), np.concatenate(ends)
    graph = coo_array((np.ones(len(starts), np.int8), (starts, ends)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def in_order(selection: Selection, split: int, seed: int) -> np.ndarray:
    """The examples of a split in an order that follows from their texts and the seed, not from that of the file."""
    mine = np.flatnonzero(selection.alive & (selection.splits == split))
    mine = mine[np.argsort(selection.kept.labels[mine], kind="stable")]
    return mine[shuffled(selection.kept.digests[mine], seed)]
