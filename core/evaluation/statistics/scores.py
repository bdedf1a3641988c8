"""Scores of one model with their 95 % intervals, and corrected differences between models, as results hold them."""

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from core.evaluation.statistics.bootstrap import bca_interval
from core.evaluation.statistics.holm import holm, holm_factors
from core.evaluation.statistics.paired import PairedDifference
from core.evaluation.statistics.proportions import proportion_interval, wilson
from core.evaluation.statistics.units import (
    Statistic,
    mean,
    mean_units,
    standard_error,
    student_interval,
    unit_sums,
)
from core.specs.results.evaluate import Difference, Score
from core.specs.sample_sizes import FEWEST_SCORED

Clusters = Sequence[Hashable] | None
"""By example: its source document or conversation; None where each example stands alone."""


def scored(values: np.ndarray, clusters: Clusters = None) -> Score:
    """The mean of `values`, shape (examples,). Right or wrong has Wilson's interval, whatever the number of examples.

    So have values from 0 to 1 that are all equal, which no resample changes. Otherwise as `scored_sums`.
    """
    share = float(values.mean())
    is_right_or_wrong = set(np.unique(values)) <= {0, 1}
    if is_right_or_wrong and clusters is None:
        low, high = proportion_interval(round(values.sum()), len(values))
    elif is_right_or_wrong or (np.ptp(values) == 0 and 0 <= share <= 1 and len(values) >= FEWEST_SCORED):
        low, high = wilson(share, _independent(values, clusters))
    else:
        return scored_sums(mean_units(values), mean, clusters)
    return Score(value=share, low=low, high=high)


def scored_sums(sums: np.ndarray, statistic: Statistic, clusters: Clusters = None) -> Score:
    """A statistic of what each example adds to the sums, shape (examples, quantities), by the BCa bootstrap.

    Below FEWEST_SCORED units, whose resamples underestimate the variance, clusters have Student's interval, and
    examples that stand alone have none.
    """
    units = unit_sums(sums, clusters)
    value = float(statistic(units.sum(axis=0)))
    if len(units) >= FEWEST_SCORED:
        low, high = bca_interval(units, statistic)
    else:
        low, high = (None, None) if clusters is None else student_interval(units, statistic)
    return Score(value=value, low=low, high=high)


def corrected(found: Iterable[PairedDifference]) -> list[Difference]:
    """The differences, corrected together: of all metrics and models that are compared at once."""
    found = list(found)
    p_values = [one.p_value for one in found]
    return [
        Difference(**one._asdict(), corrected_p_value=p_value, correction=factor)
        for one, p_value, factor in zip(found, holm(p_values), holm_factors(p_values), strict=True)
    ]


def _independent(values: np.ndarray, clusters: Clusters) -> float:
    """How many independent examples say as much: all of them, or fewer where clusters are alike.

    The effective sample size of Korn and Graubard (Survey Methodology 24, 1998), at least the number of clusters where
    all are equal.
    """
    if clusters is None:
        return len(values)
    share, units = values.mean(), mean_units(values, clusters)
    error = standard_error(units, mean)
    return min(len(values), share * (1 - share) / error**2) if error > 0 else len(units)
