"""Finds examples for checking that training has seen: the same question, the same example, or nearly the same text."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.overlap.near import may_be_near, near_pairs

Pairs = list[tuple[int, int, float]]


@dataclass(frozen=True)
class Prints:
    """What is known of some examples for comparing them: of n examples, by index.

    `examples` and `questions` are digests, 64-bit integers [n]; `sketches` are those of `near.sketches`, [n, 128], and
    `text_of` gives the texts they were made of. Without sketches only exact matches are found.
    """

    examples: np.ndarray
    questions: np.ndarray
    sketches: np.ndarray | None = None
    text_of: Callable[[np.ndarray], list[str]] | None = None

    def of(self, indices: np.ndarray) -> "Prints":
        """The prints of some of the examples."""
        return Prints(
            self.examples[indices],
            self.questions[indices],
            None if self.sketches is None else self.sketches[indices],
            lambda which: self.text_of(indices[which]),
        )


def leaks_between_splits(prints: Prints, splits: np.ndarray, threshold: float = 0.6) -> Pairs:
    """Matches between train (0), validation (1) and test (2), `splits` saying where each example stands: int [n].

    Each is (index, index, similarity) with the example that is to go first: that of train, or between the others that
    of validation. Without the examples named first, nothing matches any more.
    """
    found: Pairs = []
    for checked in (1, 2):
        seen, checks = np.flatnonzero(splits < checked), np.flatnonzero(splits == checked)
        pairs = leaks_between(prints.of(seen), prints.of(checks), threshold)
        found += [(int(seen[one]), int(checks[other]), similarity) for one, other, similarity in pairs]
    return found


def leaks_between(seen: Prints, checks: Prints, threshold: float = 0.6) -> Pairs:
    """Matches of what is trained on with what is for checking: (index in `seen`, index in `checks`, similarity).

    The same question or example counts as 1.0, whatever the texts around it. Not every pair is named, but each example
    that has a match, on either side, with at least one; without those named of `seen` there are no more.
    """
    found: dict[tuple[int, int], float] = {}
    for one, other in ((seen.examples, checks.examples), (seen.questions, checks.questions)):
        found.update(dict.fromkeys(_equal(one, other), 1.0))
    if seen.sketches is not None and checks.sketches is not None:
        for one, other, similarity in _near(seen, checks, threshold):
            found.setdefault((one, other), similarity)
    return sorted((one, other, similarity) for (one, other), similarity in found.items())


def worth_comparing(seen: Prints, checks: list[Prints], threshold: float = 0.6) -> np.ndarray:
    """The indices of all in `seen` that may have a match in any of `checks`, few of which have none."""
    maybe = np.isin(seen.examples, np.concatenate([one.examples for one in checks]))
    maybe |= np.isin(seen.questions, np.concatenate([one.questions for one in checks]))
    if seen.sketches is not None:
        maybe |= may_be_near(seen.sketches, np.concatenate([one.sketches for one in checks]), threshold)
    return np.flatnonzero(maybe)


def _equal(seen: np.ndarray, checks: np.ndarray) -> set[tuple[int, int]]:
    """Each index on either side whose digest stands on the other side too, with the first index there."""
    pairs: set[tuple[int, int]] = set()
    shared, first_seen, first_check = np.intersect1d(seen, checks, return_indices=True)
    if len(shared):
        for digests, firsts, in_order in ((seen, first_check, True), (checks, first_seen, False)):
            mine = np.flatnonzero(np.isin(digests, shared))
            theirs = firsts[np.searchsorted(shared, digests[mine])]
            ends = (mine, theirs) if in_order else (theirs, mine)
            pairs.update(zip(*(end.tolist() for end in ends), strict=True))
    return pairs


def _near(seen: Prints, checks: Prints, threshold: float) -> Pairs:
    """Near matches. What is found is taken away and the search repeated until nothing is left to find."""
    left, found = np.flatnonzero(may_be_near(seen.sketches, checks.sketches, threshold)), []
    while len(left):
        sides = np.arange(len(left) + len(checks.sketches)) >= len(left)

        def text_of(which: np.ndarray, left=left) -> list[str]:
            here = np.searchsorted(which, len(left))
            return [*seen.text_of(left[which[:here]]), *checks.text_of(which[here:] - len(left))]

        both = np.concatenate([seen.sketches[left], checks.sketches])
        pairs = near_pairs(both, text_of, threshold, sides)
        if not pairs:
            break
        found += [(int(left[one]), other - len(left), similarity) for one, other, similarity in pairs]
        left = np.delete(left, np.unique([one for one, _, _ in pairs]))
    return found
