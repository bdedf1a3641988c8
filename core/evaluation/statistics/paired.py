"""The difference of two models on the same examples, with its interval and p-value."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from core.evaluation.statistics.bootstrap import bca_interval
from core.evaluation.statistics.right_or_wrong import mcnemar_mid_p, newcombe_interval
from core.evaluation.statistics.sign_flips import sign_flip_p
from core.evaluation.statistics.units import standard_error, student_interval, unit_sums
from core.specs.sample_sizes import FEWEST_SCORED

MCNEMAR = "McNemar's test (exact, mid-p), Newcombe's paired interval"
SIGN_FLIPS = "Fisher's randomization test, BCa bootstrap interval"
SIGN_FLIPS_FEW = "Fisher's randomization test, Student's interval"


class PairedDifference(NamedTuple):
    """How far one model's mean is above another's on the same examples."""

    value: float
    low: float
    high: float
    """Both ends of the 95 % interval."""
    p_value: float
    """Two-sided: how often two equally good models would differ as much. Not corrected for other comparisons."""
    method: str
    examples: int
    clusters: int | None
    """Of what stands or falls together; None where each example stands alone."""
    spread: float
    """Standard deviation of the difference per example, as large as its standard error says: clusters count."""


def paired_difference(
    ours: np.ndarray,
    theirs: np.ndarray,
    clusters: Sequence[Hashable] | None = None,
    weights: np.ndarray | None = None,
) -> PairedDifference:
    """`ours` less `theirs`, the scores of two models: float, shape (examples,), in the same order.

    Right or wrong (only 0 and 1) without clusters: McNemar and Newcombe. Otherwise Fisher's randomization test; BCa
    bootstrap, or Student's interval below 20 units, as resampling a handful underestimates their variance. `clusters`
    names each example's document or conversation, `weights` its tokens. Raises ValueError for fewer than two units.
    """
    weights = np.ones(len(ours)) if weights is None else weights
    plain = clusters is None and (weights == 1).all() and set(np.unique([ours, theirs])) <= {0, 1}
    differences = (ours - theirs) * weights
    units = unit_sums(np.column_stack([differences, weights]), clusters)
    count = len(units)
    if count < 2:
        raise ValueError("a difference needs at least two examples, or clusters of examples")
    if plain:
        p_value = mcnemar_mid_p(int((ours > theirs).sum()), int((ours < theirs).sum()))
        (low, high), method = newcombe_interval(ours, theirs), MCNEMAR
    elif count < FEWEST_SCORED:
        p_value, (low, high), method = sign_flip_p(units[:, 0]), student_interval(units), SIGN_FLIPS_FEW
    else:
        p_value, (low, high), method = sign_flip_p(units[:, 0]), bca_interval(units, _mean), SIGN_FLIPS
    return PairedDifference(
        value=float(differences.sum() / weights.sum()),
        low=low,
        high=high,
        p_value=p_value,
        method=method,
        examples=len(ours),
        clusters=None if clusters is None else count,
        spread=standard_error(units) * len(ours) ** 0.5,
    )


def _mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]
