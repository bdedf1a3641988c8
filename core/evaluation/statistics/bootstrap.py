"""The bootstrap: 95 % intervals of any statistic of sums, bias-corrected and accelerated (BCa).

Efron, Better Bootstrap Confidence Intervals, JASA 82, 1987. Not by `scipy.stats.bootstrap`, whose jackknife builds a
matrix of examples by examples: 80 GB for 100,000. As every metric here is a function of sums over the examples, leaving
one out is a subtraction, and 10,000 resamples are one matrix product. The tests hold both to the same ends.
"""

from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from core.evaluation.statistics.units import Statistic, pooled

RESAMPLES = 10_000
_SEED = 42
_CHUNK = 500
"""Resamples at a time: 8 MB of indices for 2,000 units."""


def bca_interval(units: np.ndarray, statistic: Statistic) -> tuple[float, float] | tuple[None, None]:
    """Both ends of the interval of `statistic`, of which `units`, shape (units, quantities), holds what each unit adds.

    A unit is an example or a cluster. The seed is fixed: whatever is scored on the same examples is resampled alike.
    No ends where a resample is not finite, as a perplexity may be.
    """
    units = pooled(np.asarray(units, dtype=float))
    total = units.sum(axis=0)
    value, drawn = float(statistic(total)), statistic(_resampled(units))
    if not (np.isfinite(value) and np.isfinite(drawn).all()):
        return None, None
    bias = ndtri((np.mean(drawn < value) + np.mean(drawn <= value)) / 2)
    if np.ptp(drawn) == 0 or not np.isfinite(bias):
        return float(drawn.min()), float(drawn.max())
    without = statistic(total - units)
    off = without.mean() - without
    spread = (off**2).sum()
    acceleration = (off**3).sum() / (6 * spread**1.5) if spread else 0.0
    tails = bias + ndtri([0.025, 0.975])
    low, high = np.quantile(drawn, ndtr(bias + tails / (1 - acceleration * tails)))
    return float(low), float(high)


def _resampled(units: np.ndarray) -> np.ndarray:
    """The sums of each resample, shape (RESAMPLES, quantities)."""
    counts = _counts(len(units))
    chunks = (counts[start : start + _CHUNK] @ units for start in range(0, RESAMPLES, _CHUNK))
    return np.concatenate(list(chunks))


@lru_cache(maxsize=1)  # the metrics of a comparison are all resampled alike
def _counts(units: int) -> np.ndarray:
    """How often each resample holds each unit: uint8, shape (RESAMPLES, units), at most 20 MB."""
    random = np.random.default_rng(_SEED)
    counts = np.empty((RESAMPLES, units), dtype=np.uint8)
    offsets = np.arange(_CHUNK)[:, None] * units
    for start in range(0, RESAMPLES, _CHUNK):
        drawn = random.integers(units, size=(_CHUNK, units)) + offsets
        counts[start : start + _CHUNK] = np.bincount(drawn.ravel(), minlength=_CHUNK * units).reshape(_CHUNK, units)
    return counts
