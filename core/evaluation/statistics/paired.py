"""The difference of two models on the same examples, with its interval and p-value."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from core.evaluation.statistics.bootstrap import bca_interval
from core.evaluation.statistics.randomization import randomization_p
from core.evaluation.statistics.right_or_wrong import mcnemar_mid_p, newcombe_interval
from core.evaluation.statistics.units import Statistic, mean, mean_units, standard_error, student_interval, unit_sums
from core.specs.sample_sizes import FEWEST_SCORED

MCNEMAR = "McNemar's test (exact, mid-p), Newcombe's paired interval"
RANDOMIZATION = "Fisher's randomization test, BCa bootstrap interval"
RANDOMIZATION_FEW = "Fisher's randomization test, Student's interval"


class PairedDifference(NamedTuple):
    """How far one model's mean is above another's on the same examples."""

    value: float
    low: float | None
    high: float | None
    """Both ends of the 95 % interval; None where a resample is not finite."""
    p_value: float
    """Two-sided: how often two equally good models would differ as much. Not corrected for other comparisons."""
    method: str
    examples: int
    clusters: int | None
    """Of what stands or falls together; None where each example stands alone."""
    spread: float | None
    """Standard deviation of the difference per example, as large as its standard error says: clusters count. None where
    that is not finite."""


def paired_difference(
    ours: np.ndarray, theirs: np.ndarray, clusters: Sequence[Hashable] | None = None
) -> PairedDifference:
    """The mean of `ours` less that of `theirs`, the scores of two models: shape (examples,), in the same order.

    Right or wrong (only 0 and 1): McNemar and Newcombe. Other scores, or `clusters`, which name each example's document
    or conversation: as `paired_statistics`. Raises ValueError for fewer than two examples or clusters.
    """
    if clusters is not None or not set(np.unique([ours, theirs])) <= {0, 1}:
        return paired_statistics(mean_units(ours), mean_units(theirs), mean, clusters)
    low, high = newcombe_interval(ours, theirs)
    return PairedDifference(
        value=float(ours.mean() - theirs.mean()),
        low=low,
        high=high,
        p_value=mcnemar_mid_p(int((ours > theirs).sum()), int((ours < theirs).sum())),
        method=MCNEMAR,
        examples=len(ours),
        clusters=None,
        spread=float((ours - theirs).std(ddof=1)) if len(ours) > 1 else 0.0,
    )


def paired_statistics(
    ours: np.ndarray, theirs: np.ndarray, statistic: Statistic, clusters: Sequence[Hashable] | None = None
) -> PairedDifference:
    """A statistic of `ours` less that of `theirs`: what each example adds to the sums, shape (examples, quantities).

    Fisher's randomization test; the BCa bootstrap, or Student's interval below 20 units, as resampling a handful
    underestimates their variance. Raises ValueError for fewer than two examples or clusters.
    """
    units, quantities = unit_sums(np.hstack([ours, theirs]), clusters), ours.shape[1]
    if len(units) < 2:
        raise ValueError("a difference needs at least two examples, or clusters of examples")

    def above(sums: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # two perplexities beyond every number
            return statistic(sums[..., :quantities]) - statistic(sums[..., quantities:])

    error = standard_error(units, above)
    few = len(units) < FEWEST_SCORED
    low, high = (student_interval if few else bca_interval)(units, above)
    return PairedDifference(
        value=float(above(units.sum(axis=0))),
        low=low,
        high=high,
        p_value=randomization_p(units[:, :quantities], units[:, quantities:], statistic),
        method=RANDOMIZATION_FEW if few else RANDOMIZATION,
        examples=len(ours),
        clusters=None if clusters is None else len(units),
        spread=error * len(ours) ** 0.5 if np.isfinite(error) else None,
    )
