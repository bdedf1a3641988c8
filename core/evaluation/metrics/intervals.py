"""95 % intervals of scores: the bootstrap over examples, and Wilson's for shares."""

from collections.abc import Callable

import numpy as np

from core.evaluation.metrics.wilson import wilson
from core.specs.results.evaluate import Score
from core.specs.sample_sizes import FEWEST_SCORED

RESAMPLES = 1_000
SEED = 42


def with_interval(sums: np.ndarray, statistic: Callable[[np.ndarray], float]) -> Score:
    """The statistic of all examples with its percentile bootstrap interval; none below FEWEST_SCORED examples.

    `sums`, shape (examples, quantities), holds what each example adds to the totals that `statistic` takes. The seed is
    fixed: every model and metric is resampled alike, so that scores on one split can be compared.
    """
    count, value = len(sums), float(statistic(sums.sum(axis=0)))
    if count < FEWEST_SCORED:
        return Score(value=value, low=None, high=None)
    random = np.random.default_rng(SEED)
    draws = (random.multinomial(count, np.full(count, 1 / count)) for _ in range(RESAMPLES))
    low, high = np.percentile([statistic(drawn @ sums) for drawn in draws], (2.5, 97.5))
    return Score(value=value, low=float(low), high=float(high))


def mean_with_interval(values: np.ndarray, weights: np.ndarray | None = None) -> Score:
    """The weighted mean of `values`, shape (examples,): sum of values over sum of weights, which default to 1."""
    weights = np.ones(len(values)) if weights is None else weights
    return with_interval(np.column_stack([values, weights]), lambda totals: totals[0] / totals[1])


def share_with_interval(values: np.ndarray) -> Score:
    """The mean of values from 0 to 1; with Wilson's interval where each is 0 or 1, or all are equal.

    Resampling changes those little or not at all: with 0 of 30 right, the true share may still be one in ten.
    """
    if set(np.unique(values)) <= {0, 1} or np.ptp(values) == 0:
        share = float(values.mean())
        low, high = wilson(share, len(values)) if len(values) >= FEWEST_SCORED else (None, None)
        return Score(value=share, low=low, high=high)
    return mean_with_interval(values)
