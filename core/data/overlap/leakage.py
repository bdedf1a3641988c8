"""Finds data leakage: training examples that recur in a held-out split, of this dataset or of another one."""

from dataclasses import dataclass, field

import numpy as np

from core.data.overlap.held_out import HeldOut
from core.data.overlap.matching import Fingerprints, Pairs, matches, matches_between_splits, worth_comparing
from core.data.overlap.selection import Selection
from core.specs import PrepareSpec, Split


@dataclass(frozen=True)
class Leaks:
    """Examples of one split that recur in another split, or in a held-out split of another dataset."""

    pairs: Pairs = field(default_factory=list)
    """Within the dataset: the example to drop, the other one, their similarity."""
    elsewhere: dict[str, np.ndarray] = field(default_factory=dict)
    """By the name of another dataset: the training examples that recur there."""
    compared: tuple[str, ...] = ()
    """The names of the other datasets."""
    near_allowed: bool = False
    """The settings allow near duplicates in different splits."""

    @property
    def only_as_allowed(self) -> bool:
        """Whether all leaks within the dataset are near duplicates, and these are allowed."""
        return self.near_allowed and all(alike < 1 for _, _, alike in self.pairs)

    @property
    def offending(self) -> np.ndarray:
        """The examples to drop so that none leaks."""
        inside = np.array([first for first, _, _ in self.pairs], np.int64)
        return np.unique(np.concatenate([inside, *self.elsewhere.values()]))


def find_leaks(selection: Selection, spec: PrepareSpec, others: list[HeldOut]) -> Leaks:
    """All leaks between the splits, and between the training split and the held-out sets of other datasets."""
    mine = selection.indices
    prints = selection.fingerprints()
    pairs: Pairs = []
    may_leak = spec.split_by == "given" or not spec.keep_together or selection.near_parted
    if may_leak:  # otherwise near duplicates are in the same split already
        found = matches_between_splits(prints, selection.splits[mine], spec.near_threshold)
        pairs = [(int(mine[first]), int(mine[other]), alike) for first, other, alike in found]
    trained = np.flatnonzero(selection.splits[mine] == list(Split).index(Split.TRAIN))
    elsewhere = _elsewhere(prints.of(trained), others, spec.near_threshold) if others and len(trained) else {}
    return Leaks(
        pairs,
        {name: mine[trained[found]] for name, found in elsewhere.items()},
        tuple(other.name for other in others),
        near_allowed=not spec.keep_together,
    )


def _elsewhere(seen: Fingerprints, others: list[HeldOut], threshold: float) -> dict[str, np.ndarray]:
    """By the name of a dataset, the indices in `seen` that recur in its held-out splits."""
    all_prints = [one.exact if seen.sketches is None else one.sketched for one in others]
    maybe = worth_comparing(seen, all_prints, threshold)
    few, found = seen.of(maybe), {}
    for other, prints in zip(others, all_prints, strict=True):
        if pairs := matches(few, prints, threshold):
            here = maybe[np.unique([one for one, _, _ in pairs])]
            found[other.name] = np.union1d(found.get(other.name, here), here)
    return found
