"""Two models that are right or wrong on the same examples: McNemar's test and Newcombe's interval."""

import math

import numpy as np
from scipy.special import bdtr

from core.evaluation.statistics.proportions import wilson


def mcnemar_mid_p(better: int, worse: int) -> float:
    """McNemar's exact test with the mid-p value, from the examples on which only one of two models is right.

    The exact p-value calls equal models different in 2 to 4 % of cases instead of 5, and so overlooks differences; the
    mid-p value counts the observed table by half. Fagerland, Lydersen and Laake, The McNemar test for binary
    matched-pairs data, BMC Medical Research Methodology 13:91, 2013.
    """
    disagreements, fewer = better + worse, min(better, worse)
    if better == worse:
        return 1.0
    up_to = float(bdtr(fewer, disagreements, 0.5))
    below = float(bdtr(fewer - 1, disagreements, 0.5)) if fewer else 0.0
    return min(1.0, up_to + below)


def newcombe_interval(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """95 % interval of the difference of two paired shares, each example 0 or 1: shape (examples,), ours less theirs.

    Method 10 of Newcombe, Improved Confidence Intervals for the Difference Between Binomial Proportions Based on Paired
    Data, Statistics in Medicine 17, 1998: both Wilson intervals, combined by the correlation of the pairs.
    """
    count, mine, its = len(ours), float(ours.mean()), float(theirs.mean())
    (low, high), (its_low, its_high) = wilson(mine, count), wilson(its, count)
    alike = _correlation(int((ours * theirs).sum()), int(ours.sum()), int(theirs.sum()), count)
    return (
        max(-1.0, mine - its - _combined(mine - low, its_high - its, alike)),
        min(1.0, mine - its + _combined(high - mine, its - its_low, alike)),
    )


def _combined(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))


def _correlation(both: int, ours: int, theirs: int, count: int) -> float:
    """Phi of the table of pairs, corrected for continuity where it is positive."""
    product = ours * (count - ours) * theirs * (count - theirs)
    if not product:
        return 0.0
    excess = both * count - ours * theirs  # the determinant of the table
    return (max(excess - count / 2, 0) if excess > 0 else excess) / math.sqrt(product)
