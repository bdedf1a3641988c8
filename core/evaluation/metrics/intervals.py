"""95 % intervals of scores, by the statistics of `core.evaluation.statistics`."""

from collections.abc import Callable

import numpy as np

from core.evaluation.statistics.scores import scored, scored_sums
from core.specs.results.evaluate import Score


def with_interval(sums: np.ndarray, statistic: Callable[[np.ndarray], float]) -> Score:
    """The statistic of all examples; `sums`, shape (examples, quantities), holds what each adds to the totals."""
    return scored_sums(sums, lambda totals: np.apply_along_axis(statistic, -1, totals))


def mean_with_interval(values: np.ndarray, weights: np.ndarray | None = None) -> Score:
    """The weighted mean of `values`, shape (examples,): sum of values over sum of weights, which default to 1."""
    weights = np.ones(len(values)) if weights is None else weights
    return scored_sums(np.column_stack([values, weights]), lambda totals: totals[..., 0] / totals[..., 1])


def share_with_interval(values: np.ndarray) -> Score:
    """The mean of values from 0 to 1."""
    return scored(values)
