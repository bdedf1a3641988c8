"""Fisher's randomization test of a paired difference: how often would chance swap the models to as large a one?

If two models are equally good, it does not matter which of them gave which answer: their scores may be swapped in any
unit (Fisher, The Design of Experiments, 1935, section 21; for BLEU and the like: Noreen, Computer-Intensive Methods for
Testing Hypotheses, 1989). The test is exact for any distribution and for few units, and tests the difference that is
reported (Wilcoxon's signed ranks test another, which can point the other way); for right or wrong without clusters it
is McNemar's. Ties count by half, as in the mid-p value.
"""

from functools import lru_cache

import numpy as np

from core.evaluation.statistics.units import Statistic, pooled

SWAPS = 10_000
_MOST_ENUMERATED = 13
"""Up to so many units that differ, all 8,192 ways to swap are tried."""
_CHUNK = 500
"""Ways to swap at a time: 8 MB for 2,000 units."""
_SEED = 42
_TIE = 1e-9


def randomization_p(ours: np.ndarray, theirs: np.ndarray, statistic: Statistic) -> float:
    """Two-sided mid-p value of the difference of `statistic` between two models.

    `ours` and `theirs`, shape (units, quantities), hold what each example or cluster adds to the sums of each model.
    """
    quantities = ours.shape[1]
    both = pooled(np.hstack([ours, theirs]))
    ours, theirs = both[:, :quantities], both[:, quantities:]
    moved = (theirs - ours)[(theirs != ours).any(axis=1)]
    our_total, their_total = ours.sum(axis=0), theirs.sum(axis=0)
    seen = abs(statistic(our_total) - statistic(their_total))
    if not len(moved) or not np.isfinite(seen):  # a perplexity may exceed every number
        return 1.0
    swaps = _swaps(len(moved))
    swapped = np.concatenate([swaps[start : start + _CHUNK] @ moved for start in range(0, len(swaps), _CHUNK)])
    with np.errstate(invalid="ignore"):
        sizes = np.abs(statistic(our_total + swapped) - statistic(their_total - swapped))
    sizes[np.isnan(sizes)] = np.inf  # of two that exceed every number
    tie = _TIE * seen
    more, equal = int((sizes > seen + tie).sum()), int((np.abs(sizes - seen) <= tie).sum())
    if len(moved) <= _MOST_ENUMERATED:
        return (more + equal / 2) / len(swaps)
    return (more + (equal + 1) / 2) / (len(swaps) + 1)  # what was seen is one of the ways


@lru_cache(maxsize=2)
def _swaps(units: int) -> np.ndarray:
    """0 or 1 by way and unit, shape (ways, units): every way of few units, SWAPS at random of more; at most 20 MB."""
    if units <= _MOST_ENUMERATED:
        return (np.arange(2**units)[:, None] >> np.arange(units) & 1).astype(np.int8)
    return np.random.default_rng(_SEED).integers(2, size=(SWAPS, units), dtype=np.int8)
