"""How far a score may be off because of which examples happened to be in the split: the bootstrap."""

from collections.abc import Callable

import numpy as np

RESAMPLES = 1_000
SEED = 42


def with_interval(sums: np.ndarray, statistic: Callable[[np.ndarray], float]) -> dict[str, float]:
    """The statistic of all examples and its 95 % interval: {"value", "low", "high"}.

    `sums`, shape (examples, quantities), holds what each example adds to the totals that `statistic` takes. Examples
    are drawn with replacement, the same ones for every model and metric, so scores of one split can be compared.
    """
    count = len(sums)
    random = np.random.default_rng(SEED)
    draws = (random.multinomial(count, np.full(count, 1 / count)) for _ in range(RESAMPLES))
    low, high = np.percentile([statistic(drawn @ sums) for drawn in draws], (2.5, 97.5))
    return {"value": float(statistic(sums.sum(axis=0))), "low": float(low), "high": float(high)}


def mean_with_interval(values: np.ndarray, weights: np.ndarray | None = None) -> dict[str, float]:
    """As `with_interval`, of the sum of `values` divided by the sum of `weights` (by default, the mean)."""
    weights = np.ones(len(values)) if weights is None else weights
    return with_interval(np.column_stack([values, weights]), lambda totals: totals[0] / totals[1])
