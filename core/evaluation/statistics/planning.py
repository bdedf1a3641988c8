"""How many examples a comparison needs: power, forecast before a run. Light, as the web process uses it: no SciPy.

Power is the share of comparisons in which a difference of a given size would be seen at the 5 % level.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from core.evaluation.statistics.proportions import Z

WANTED_POWER = 0.8
USUAL_DISAGREEMENT = 0.3
"""Share of examples on which only one of two models is right, assumed before a run has shown it.

A tuned model and its base usually disagree on a fifth to two fifths; independent answers, each half right, on half.
"""
USUAL_SPREAD = 0.3
"""Standard deviation of the difference between two models' ROUGE-L of one answer, assumed before a run has shown it.

On the demo's exam it is 0.3 to 0.4 between a tuned model and its base, and 0.1 to 0.2 between it and its GGUFs.
"""
_EXACT_UP_TO = 2_000
_MOST_EXAMPLES = 10_000_000
_NORMAL = NormalDist()


def right_or_wrong_power(examples: int, difference: float, disagreement: float, alpha: float = 0.05) -> float:
    """The power of the mid-p McNemar test, for a `difference` of two shares of right answers.

    Exact: summed over every table that can occur, up to 2,000 examples; beyond, Connor's normal approximation (Sample
    Size for Testing Differences in Proportions for the Paired-Sample Design, Biometrics 43, 1987). Models that differ
    by more than they disagree are taken to disagree as much as they differ.
    """
    difference = abs(difference)
    disagreement = max(disagreement, difference)
    if not disagreement:
        return 0.0
    if examples > _EXACT_UP_TO:
        spread = math.sqrt(max(disagreement - difference**2, 1e-12))
        critical = -_NORMAL.inv_cdf(alpha / 2) * math.sqrt(disagreement)
        ends = (difference * math.sqrt(examples) - critical, -difference * math.sqrt(examples) - critical)
        return sum(_NORMAL.cdf(end / spread) for end in ends)
    disagreeing = _binomial(np.array(examples), np.arange(examples + 1), disagreement)
    likely = np.flatnonzero(disagreeing > 1e-9)
    pairs, wins = likely[:, None], np.arange(likely[-1] + 1)
    by_chance = _binomial(pairs, wins, 0.5)
    mid_p = 2 * np.cumsum(by_chance, axis=1) - by_chance
    told = (mid_p <= alpha) & (2 * wins < pairs)
    share = (disagreement + difference) / (2 * disagreement)
    seen = (told * (_binomial(pairs, wins, share) + _binomial(pairs, wins, 1 - share))).sum(axis=1)
    return float(disagreeing[likely] @ seen)


def score_power(examples: int, difference: float, spread: float, clusters: int | None = None) -> float:
    """The power for a `difference` of two mean scores, whose paired differences have the standard deviation `spread`.

    With clusters, `spread` is the standard error times the root of `examples`. Student's test, by Guenther's
    correction of the normal approximation (Sample Size Formulas for Normal Theory T Tests, American Statistician 35,
    1981); the randomization test reaches the same power.
    """
    units = clusters or examples
    if not spread or units < 3:
        return 0.0
    shift = abs(difference) / spread * math.sqrt(examples * (1 - Z**2 / 2 / units))
    return _NORMAL.cdf(shift - Z) + _NORMAL.cdf(-shift - Z)


def smallest_difference(examples: int, disagreement: float = USUAL_DISAGREEMENT, alpha: float = 0.05) -> float | None:
    """The difference of two shares of right answers that is seen with WANTED_POWER; None if not even 1 would be."""
    return _smallest(lambda difference: right_or_wrong_power(examples, difference, disagreement, alpha))


def smallest_score_difference(examples: int, spread: float = USUAL_SPREAD) -> float | None:
    """The difference of two mean scores of this `spread` that is seen with WANTED_POWER; None if even 1 is not."""
    return _smallest(lambda difference: score_power(examples, difference, spread))


def _smallest(power: Callable[[float], float]) -> float | None:
    if power(1.0) < WANTED_POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        if power(middle) < WANTED_POWER:
            low = middle
        else:
            high = middle
    return high


def examples_needed(difference: float, disagreement: float = USUAL_DISAGREEMENT) -> int | None:
    """How many examples show such a `difference` of two shares of right answers; None beyond ten million."""
    low, high = 1, 1
    while right_or_wrong_power(high, difference, disagreement) < WANTED_POWER:
        low, high = high, 2 * high
        if high > _MOST_EXAMPLES:
            return None
    while high - low > max(1, low // 200):
        middle = (low + high) // 2
        if right_or_wrong_power(middle, difference, disagreement) < WANTED_POWER:
            low = middle
        else:
            high = middle
    return high


def scores_needed(difference: float, spread: float, alpha: float = 0.05) -> int | None:
    """How many examples show such a `difference` of two mean scores of this `spread`; None beyond ten million."""
    critical = -_NORMAL.inv_cdf(alpha / 2)
    shifts = critical + _NORMAL.inv_cdf(WANTED_POWER)
    least = abs(difference) / shifts * math.sqrt(_MOST_EXAMPLES)
    return None if spread > least else math.ceil((shifts * spread / difference) ** 2 + critical**2 / 2)


def _binomial(count: np.ndarray, hits: np.ndarray, share: float) -> np.ndarray:
    """Probabilities of `hits` of `count`; 0 beyond `count`."""
    if share in (0, 1):
        return np.where(hits == count * share, 1.0, 0.0)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, int(np.max(count)) + 1)))])
    misses = np.maximum(count - hits, 0)
    chance = factorials[count] - factorials[np.minimum(hits, np.max(count))] - factorials[misses]
    return np.where(hits <= count, np.exp(chance + hits * math.log(share) + misses * math.log1p(-share)), 0.0)
