"""Agreement of two raters, beside scikit-learn's and SciPy's."""

import random

import numpy as np
import pytest
from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score

from core.evaluation.statistics.agreement import cohens_kappa, kendalls_tau


def ratings(seed: int, count: int, values: list, faithful: float = 0.6) -> tuple[list, list]:
    chance = random.Random(seed)
    ours = [chance.choice(values) for _ in range(count)]
    return ours, [one if chance.random() < faithful else chance.choice(values) for one in ours]


@pytest.mark.parametrize("seed", range(25))
def test_kappa_equals_scikit_learns(seed):
    ours, theirs = ratings(seed, 3 + 7 * seed, ["better", "worse", "tie", "both bad"][: 2 + seed % 3])
    assert cohens_kappa(ours, theirs).value == pytest.approx(cohen_kappa_score(ours, theirs), abs=1e-9)


@pytest.mark.parametrize("seed", range(25))
def test_tau_equals_scipys(seed):
    ours, theirs = ratings(seed, 3 + 7 * seed, [1, 2, 3, 4, 5][: 2 + seed % 4])
    assert kendalls_tau(ours, theirs).value == pytest.approx(kendalltau(ours, theirs).statistic, abs=1e-9)


def test_a_published_table_of_two_raters():
    """Fleiss, Statistical Methods for Rates and Proportions, 1981, table 13.1: 100 patients, kappa 0.68."""
    table = {("psychotic", "psychotic"): 75, ("psychotic", "neurotic"): 1, ("psychotic", "organic"): 4,
             ("neurotic", "psychotic"): 5, ("neurotic", "neurotic"): 4, ("neurotic", "organic"): 1,
             ("organic", "organic"): 10}  # fmt: skip
    pairs = [pair for pair, count in table.items() for _ in range(count)]
    assert cohens_kappa(*zip(*pairs, strict=True)).value == pytest.approx(0.68, abs=0.005)


def test_the_interval_holds_what_many_samples_of_the_same_raters_give():
    held, true = 0, cohens_kappa(*ratings(1, 200_000, ["right", "wrong"])).value
    for seed in range(60):
        found = cohens_kappa(*ratings(1000 + seed, 60, ["right", "wrong"]))
        held += found.low <= true <= found.high
    assert held >= 52


def test_agreement_without_variety_and_of_a_handful():
    assert cohens_kappa(["right"] * 40, ["right"] * 40).value == 1
    assert kendalls_tau([3] * 40, [1, 2] * 20).value == 0
    assert cohens_kappa(["right", "wrong"], ["right", "right"]).low is None
    with pytest.raises(ValueError, match="2 ratings beside 1"):
        cohens_kappa(["right", "wrong"], ["right"])


def test_opposite_orders_have_a_tau_of_minus_one():
    assert kendalls_tau([1, 2, 3, 4], [4, 3, 2, 1]).value == pytest.approx(-1)
    assert np.isclose(kendalls_tau([1, 2, 3, 4], [2, 4, 6, 8]).value, 1)
