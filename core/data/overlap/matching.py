"""Matches held-out examples with training examples: the same example, the same question, or nearly the same text."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.overlap.banding import may_be_near
from core.data.overlap.near import near_pairs

Pairs = list[tuple[int, int, float]]


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of n examples.

    `examples` and `questions` are digests, 64-bit integers [n]. `sketches` are MinHash sketches, uint16 [n, 128], and
    `text_of` returns the texts they were computed from. Without sketches only exact matches are found.
    """

    examples: np.ndarray
    questions: np.ndarray
    sketches: np.ndarray | None = None
    text_of: Callable[[np.ndarray], list[str]] | None = None

    def of(self, indices: np.ndarray) -> "Fingerprints":
        """The fingerprints of some of the examples."""
        return Fingerprints(
            self.examples[indices],
            self.questions[indices],
            None if self.sketches is None else self.sketches[indices],
            lambda which: self.text_of(indices[which]),
        )


def matches_between_splits(prints: Fingerprints, splits: np.ndarray, threshold: float = 0.6) -> Pairs:
    """Matches between train (0), validation (1) and test (2); `splits`, int [n], is the split of each example.

    Each is (index, index, similarity), with the example to drop first: the one in train, or else in validation.
    Dropping all of these leaves no match.
    """
    found: Pairs = []
    for checked in (1, 2):
        seen, held_out = np.flatnonzero(splits < checked), np.flatnonzero(splits == checked)
        pairs = matches(prints.of(seen), prints.of(held_out), threshold)
        found += [(int(seen[one]), int(held_out[other]), similarity) for one, other, similarity in pairs]
    return found


def matches(seen: Fingerprints, held_out: Fingerprints, threshold: float = 0.6) -> Pairs:
    """Matches of training with held-out examples: (index in `seen`, index in `held_out`, similarity).

    The same question or example counts as 1.0. Not every pair is named, but every example with a match is in at least
    one. Dropping the named examples of `seen` leaves no match.
    """
    found: dict[tuple[int, int], float] = {}
    for one, other in ((seen.examples, held_out.examples), (seen.questions, held_out.questions)):
        found.update(dict.fromkeys(_equal(one, other), 1.0))
    if seen.sketches is not None and held_out.sketches is not None:
        for one, other, similarity in _near(seen, held_out, threshold):
            found.setdefault((one, other), similarity)
    return sorted((one, other, similarity) for (one, other), similarity in found.items())


def worth_comparing(seen: Fingerprints, held_out: list[Fingerprints], threshold: float = 0.6) -> np.ndarray:
    """The indices of all examples in `seen` that may match one in `held_out`, with few false positives."""
    maybe = np.isin(seen.examples, np.concatenate([one.examples for one in held_out]))
    maybe |= np.isin(seen.questions, np.concatenate([one.questions for one in held_out]))
    if seen.sketches is not None:
        maybe |= may_be_near(seen.sketches, np.concatenate([one.sketches for one in held_out]), threshold)
    return np.flatnonzero(maybe)


def _equal(seen: np.ndarray, held_out: np.ndarray) -> set[tuple[int, int]]:
    """Every index on either side whose digest is on the other side too, paired with the first index there."""
    pairs: set[tuple[int, int]] = set()
    shared, first_seen, first_held_out = np.intersect1d(seen, held_out, return_indices=True)
    if len(shared):
        for digests, firsts, in_order in ((seen, first_held_out, True), (held_out, first_seen, False)):
            mine = np.flatnonzero(np.isin(digests, shared))
            theirs = firsts[np.searchsorted(shared, digests[mine])]
            ends = (mine, theirs) if in_order else (theirs, mine)
            pairs.update(zip(*(end.tolist() for end in ends), strict=True))
    return pairs


def _near(seen: Fingerprints, held_out: Fingerprints, threshold: float) -> Pairs:
    """Near matches. Removes what it finds and repeats the search until there is nothing left to find."""
    left, found = np.flatnonzero(may_be_near(seen.sketches, held_out.sketches, threshold)), []
    while len(left):
        sides = np.arange(len(left) + len(held_out.sketches)) >= len(left)

        def text_of(which: np.ndarray, left=left) -> list[str]:
            here = np.searchsorted(which, len(left))
            return [*seen.text_of(left[which[:here]]), *held_out.text_of(which[here:] - len(left))]

        both = np.concatenate([seen.sketches[left], held_out.sketches])
        pairs = near_pairs(both, text_of, threshold, sides)
        if not pairs:
            break
        found += [(int(left[one]), other - len(left), similarity) for one, other, similarity in pairs]
        left = np.delete(left, np.unique([one for one, _, _ in pairs]))
    return found
