"""When a judge's verdict counts: the figures are scikit-learn's and SciPy's, the bar holds at its edges."""

import random

import numpy as np
import pytest
from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score

from core.evaluation.judging.trust import trust_in


def marks(seed: int, count: int, highest: int, faithful: float) -> tuple[list[int], list[int]]:
    """A person's marks and a judge's, which are the person's in this share and else at random."""
    chance = random.Random(seed)
    theirs = [chance.randint(1, highest) for _ in range(count)]
    return theirs, [one if chance.random() < faithful else chance.randint(1, highest) for one in theirs]


@pytest.mark.parametrize("seed", range(100))
def test_of_marks_it_is_quadratically_weighted_kappa_and_tau_b(seed):
    highest = 2 + seed % 9
    theirs, ours = marks(seed, 4 + 3 * (seed % 20), highest, faithful=(seed % 10) / 10)
    found = trust_in(theirs, ours, highest)
    expected = cohen_kappa_score(ours, theirs, weights="quadratic", labels=list(range(1, highest + 1)))
    assert found.kappa.value == pytest.approx(1.0 if np.isnan(expected) else expected, abs=1e-9)
    tau = kendalltau(ours, theirs).statistic
    assert found.tau.value == pytest.approx(0.0 if np.isnan(tau) else tau, abs=1e-9)
    assert found.agreed == sum(one == other for one, other in zip(theirs, ours, strict=True))


@pytest.mark.parametrize("seed", range(100))
def test_of_pairs_it_is_plain_kappa(seed):
    chance = random.Random(seed)
    theirs = chance.choices([1.0, 0.0, -1.0], weights=[3, 1, 1 + seed % 4], k=3 + seed)
    ours = [one if chance.random() < 0.6 else chance.choice([1.0, 0.0, -1.0]) for one in theirs]
    found = trust_in(theirs, ours, None)
    expected = cohen_kappa_score([int(one) for one in ours], [int(one) for one in theirs])
    assert found.kappa.value == pytest.approx(1.0 if np.isnan(expected) else expected, abs=1e-9)
    assert found.tau.value == pytest.approx(np.nan_to_num(kendalltau(ours, theirs).statistic), abs=1e-9)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [([1], [1]), ([1, 5], [5, 1]), ([3] * 30, [3] * 30), ([3] * 30, [1, 5] * 15), ([1, 2] * 20, [2] * 40), ([5], [1])],
)
def test_at_the_edges_too(theirs, ours):
    found = trust_in(theirs, ours, 5)
    with np.errstate(all="ignore"):
        expected = cohen_kappa_score(ours, theirs, weights="quadratic", labels=[1, 2, 3, 4, 5])
        tau = kendalltau(ours, theirs).statistic
    assert found.kappa.value == pytest.approx(1.0 if np.isnan(expected) else expected, abs=1e-9)
    assert found.tau.value == pytest.approx(0.0 if np.isnan(tau) else tau, abs=1e-9)
    assert not found.passes


def test_without_ratings_nothing_is_trusted_and_it_is_said_how_many_are_needed():
    found = trust_in([], [], 5)
    assert not found.passes and "none of these answers. 20 or more" in found.sentence


def test_nineteen_ratings_are_too_few_however_well_they_agree():
    theirs, _ = marks(1, 19, 5, 1)
    assert not trust_in(theirs, theirs, 5).passes
    assert "needs 1 more rating before" in trust_in(theirs, theirs, 5).sentence
    assert trust_in([*theirs, 3], [*theirs, 3], 5).passes


def test_full_agreement_has_an_interval_that_depends_on_how_many_were_rated():
    few, many = (trust_in([1, 2, 3, 4, 5] * count, [1, 2, 3, 4, 5] * count, 5).kappa for count in (4, 40))
    assert 0.7 < few.low < 0.85 < 0.95 < many.low < 1 and few.high == many.high == 1


def test_a_person_who_gives_one_verdict_to_all_cannot_tell_a_judge():
    found = trust_in([4] * 50, [4] * 50, 5)
    assert not found.passes and "rate answers of different quality" in found.sentence
    lopsided = trust_in([4] * 49 + [5], [4] * 49 + [5], 5)
    assert not lopsided.passes


def test_the_sentence_says_how_far_it_agreed_and_what_it_needs():
    theirs, ours = marks(3, 20, 5, 0.6)
    found = trust_in(theirs, ours, 5)
    assert found.sentence.startswith(f"Not trusted yet: it agreed with you on {found.agreed} of 20 answers, kappa ")
    assert "has to reach 0.4" in found.sentence and found.more
    assert found.sentence.endswith("if it goes on agreeing as often.")


def test_a_judge_that_marks_by_chance_is_hardly_ever_trusted_and_a_good_one_nearly_always():
    by_chance = sum(trust_in(*marks(seed, 40, 5, 0.0), 5).passes for seed in range(60))
    good = sum(trust_in(*marks(1000 + seed, 40, 5, 0.95), 5).passes for seed in range(60))
    assert by_chance == 0 and good >= 55


def test_a_judge_that_no_number_of_ratings_would_pass_is_told_so():
    found = trust_in(*marks(5, 150, 5, 0.1), 5)
    assert found.more is None and "change the judge" in found.sentence


def test_as_many_more_ratings_as_it_says_are_about_enough():
    theirs, ours = marks(3, 24, 5, 0.6)
    more = trust_in(theirs, ours, 5).more
    times = -(-(24 + more) // 24) + 1
    assert trust_in(theirs * times, ours * times, 5).passes
