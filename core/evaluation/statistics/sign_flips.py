"""Fisher's randomization test of a paired difference: how often would chance swap the models to as large a sum?

If two models are equally good, it does not matter which of them gave which answer: each unit's difference is as likely
with the opposite sign (Fisher, The Design of Experiments, 1935, section 21). The test is exact for any distribution and
few units, tests the mean that is reported (Wilcoxon's signed ranks test another quantity, which can point the other
way), and for right or wrong without clusters it is McNemar's. Ties count by half, as in the mid-p value.
"""

from functools import lru_cache

import numpy as np

from core.evaluation.statistics.units import pooled

FLIPS = 10_000
_MOST_ENUMERATED = 13
"""Up to so many units that differ, all 8,192 sign patterns are tried."""
_SEED = 42
_CHUNK = 500
"""Patterns at a time: 8 MB for 2,000 units."""
_TIE = 1e-9


def sign_flip_p(units: np.ndarray) -> float:
    """Two-sided mid-p value of the sum of `units`, shape (units,): each the difference over one example or cluster."""
    units = pooled(np.asarray(units, dtype=float))
    units = units[units != 0]
    if not len(units):
        return 1.0
    observed, tie = abs(units.sum()), _TIE * np.abs(units).sum()
    enumerated = len(units) <= _MOST_ENUMERATED
    signs = _signs(len(units))
    sums = np.abs(np.concatenate([signs[start : start + _CHUNK] @ units for start in range(0, len(signs), _CHUNK)]))
    more, equal = int((sums > observed + tie).sum()), int((np.abs(sums - observed) <= tie).sum())
    if enumerated:
        return (more + equal / 2) / len(sums)
    return (more + (equal + 1) / 2) / (len(sums) + 1)  # what was observed is one of the flips


@lru_cache(maxsize=2)
def _signs(units: int) -> np.ndarray:
    """Sign patterns, shape (patterns, units): every one of few units, FLIPS at random of more; at most 20 MB."""
    if units <= _MOST_ENUMERATED:
        bits = np.arange(2**units)[:, None] >> np.arange(units) & 1
    else:
        bits = np.random.default_rng(_SEED).integers(2, size=(FLIPS, units), dtype=np.int8)
    return (2 * bits - 1).astype(np.int8)
