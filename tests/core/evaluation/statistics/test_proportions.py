"""Intervals of a proportion: their exact coverage, summed over the binomial, and by simulation."""

import numpy as np
import pytest
from scipy.stats import binom

from core.evaluation.statistics.proportions import proportion_interval

SHARES = (0.05, 0.1, 0.5)


def covered(count: int, share: float) -> np.ndarray:
    """By number of hits: whether the interval holds the true share."""
    ends = np.array([proportion_interval(hits, count) for hits in range(count + 1)])
    return (ends[:, 0] <= share) & (share <= ends[:, 1])


def coverage(count: int, share: float) -> float:
    return float(binom.pmf(np.arange(count + 1), count, share) @ covered(count, share))


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("count", [30, 100])
def test_intervals_hold_the_true_share_in_95_percent_of_cases(count, share):
    assert 0.93 <= coverage(count, share) <= 0.975
    drawn = np.random.default_rng(0).binomial(count, share, 20_000)
    assert 0.93 <= covered(count, share)[drawn].mean() <= 0.975


@pytest.mark.parametrize("share", SHARES)
def test_with_ten_examples_no_interval_comes_nearer(share):
    """Ten examples have eleven outcomes: adding one to those covered jumps past 93 to 97.5 %."""
    chances = binom.pmf(np.arange(11), 10, share)
    possible = [chances[low : high + 1].sum() for low in range(11) for high in range(low, 11)]
    if share == 0.5:  # right and wrong are treated alike
        possible = [chances[low : 11 - low].sum() for low in range(6)]
    assert not any(0.93 <= one <= 0.975 for one in possible)
    assert coverage(10, share) == pytest.approx(min(one for one in possible if one > 0.9295))
    drawn = np.random.default_rng(0).binomial(10, share, 20_000)
    assert covered(10, share)[drawn].mean() == pytest.approx(coverage(10, share), abs=0.006)
