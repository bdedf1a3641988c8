"""What is resampled: examples, or clusters of examples that stand or fall together.

Questions about one document, or turns of one conversation, are not independent: counted as if they were, intervals are
too narrow (Miller, Adding Error Bars to Evals, 2024). A cluster is therefore one unit, whatever the method.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.special import stdtrit

MOST_UNITS = 2_000
"""More units than this are added up in as many random groups before resampling.

Their variance is then known to 1.6 %, and 10,000 resamples take 20 MB however many examples there are.
"""
_SEED = 42


def unit_sums(rows: np.ndarray, clusters: Sequence[Hashable] | None = None) -> np.ndarray:
    """The sums over each cluster of `rows`, shape (examples,) or (examples, quantities); `rows` without clusters."""
    if clusters is None:
        return rows
    if len(clusters) != len(rows):
        raise ValueError(f"{len(clusters)} clusters for {len(rows)} examples")
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    return _added([numbers[cluster] for cluster in clusters], rows, len(numbers))


def pooled(units: np.ndarray) -> np.ndarray:
    """At most MOST_UNITS rows: more are added up in random groups of equal size, give or take one."""
    if len(units) <= MOST_UNITS:
        return units
    return _added(np.random.default_rng(_SEED).permutation(len(units)) % MOST_UNITS, units, MOST_UNITS)


def standard_error(units: np.ndarray) -> float:
    """Of the mean, from its `units`, shape (units, 2): sums of weighted values, sums of weights. NaN for a single unit.

    Clustered as in Miller 2024, section 2.2, and corrected for few clusters G by G / (G - 1), as in regression.
    """
    count, (total, weight) = len(units), units.sum(axis=0)
    if count < 2:
        return np.nan
    off = units[:, 0] - total / weight * units[:, 1]
    return float(np.sqrt(count / (count - 1) * (off**2).sum()) / weight)


def student_interval(units: np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean, with as many degrees of freedom as `units`, as above, less one."""
    total, weight = units.sum(axis=0)
    half = float(stdtrit(len(units) - 1, 0.975)) * standard_error(units)
    return float(total / weight) - half, float(total / weight) + half


def _added(numbers: Sequence[int], rows: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros((count, *rows.shape[1:]))
    np.add.at(sums, np.asarray(numbers), rows)
    return sums
