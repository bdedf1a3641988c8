"""What was forecast before a run happens: power, examples needed, and how often equal models are called different."""

import numpy as np
import pytest

from core.evaluation.statistics.paired import paired_difference
from core.evaluation.statistics.planning import (
    WANTED_POWER,
    examples_needed,
    right_or_wrong_power,
    score_power,
    scores_needed,
    smallest_difference,
    smallest_score_difference,
)

COMPARISONS = 500


def share_told_apart(compare) -> float:
    """The share of comparisons with a p-value below 0.05; `compare` takes a random generator."""
    return np.mean([compare(np.random.default_rng(seed)).p_value < 0.05 for seed in range(COMPARISONS)])


def right_or_wrong(random, examples: int, difference: float, disagreement: float) -> tuple[np.ndarray, np.ndarray]:
    """Two models of which one is right alone on `disagreement` of the examples, more often the first."""
    kinds = random.choice(
        3, examples, p=[1 - disagreement, (disagreement + difference) / 2, (disagreement - difference) / 2]
    )
    both = random.random(examples) < 0.5
    return np.where(kinds, kinds == 1, both).astype(float), np.where(kinds, kinds == 2, both).astype(float)


def clustered_scores(random, clusters: int, each: int, difference: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of two models on `each` questions of every document; a document suits one model or the other."""
    names = np.repeat(np.arange(clusters), each)
    theirs = random.uniform(size=clusters * each)
    suits = random.normal(0, 0.15, clusters)[names]
    return theirs + difference + suits + random.normal(0, 0.2, clusters * each), theirs, names


@pytest.mark.parametrize("examples, disagreement", [(50, 0.4), (200, 0.3), (1000, 0.1)])
def test_equal_models_are_told_apart_in_5_percent_of_comparisons(examples, disagreement):
    def compare(random):
        return paired_difference(*right_or_wrong(random, examples, 0, disagreement))

    assert 0.03 <= share_told_apart(compare) <= 0.07


@pytest.mark.long
@pytest.mark.parametrize("examples", [12, 100])
def test_equal_models_by_scores(examples):
    def compare(random):
        theirs = random.uniform(size=examples)
        return paired_difference(theirs + random.normal(0, 0.2, examples), theirs)

    assert 0.03 <= share_told_apart(compare) <= 0.07


@pytest.mark.long
@pytest.mark.parametrize("clusters, each", [(8, 10), (25, 4), (120, 3)])
def test_equal_models_with_clusters(clusters, each):
    def compare(random):
        return paired_difference(*clustered_scores(random, clusters, each, 0))

    assert 0.03 <= share_told_apart(compare) <= 0.07


@pytest.mark.long
def test_equal_models_right_or_wrong_with_clusters():
    def compare(random):
        ours, theirs, names = clustered_scores(random, 30, 5, 0)
        return paired_difference((ours > 0.5).astype(float), (theirs > 0.5).astype(float), names)

    assert 0.03 <= share_told_apart(compare) <= 0.07


@pytest.mark.parametrize(
    "examples, difference, disagreement", [(10, 0.6, 0.6), (50, 0.2, 0.3), (100, 0.12, 0.3), (1000, 0.04, 0.2)]
)
def test_planted_differences_are_seen_as_often_as_forecast(examples, difference, disagreement):
    def compare(random):
        return paired_difference(*right_or_wrong(random, examples, difference, disagreement))

    forecast = right_or_wrong_power(examples, difference, disagreement)
    assert share_told_apart(compare) == pytest.approx(forecast, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize("examples", [20, 100])
def test_planted_differences_of_scores(examples):
    def compare(random):
        theirs = random.uniform(size=examples)
        return paired_difference(theirs + random.normal(0.06, 0.2, examples), theirs)

    assert share_told_apart(compare) == pytest.approx(score_power(examples, 0.06, 0.2), abs=0.05)


@pytest.mark.long
def test_planted_differences_with_clusters():
    clusters, each, difference = 30, 5, 0.1

    def compare(random):
        return paired_difference(*clustered_scores(random, clusters, each, difference))

    spread = (each * 0.15**2 + 0.2**2) ** 0.5  # the variance of a cluster's mean, times all examples
    forecast = score_power(clusters * each, difference, spread, clusters)
    assert share_told_apart(compare) == pytest.approx(forecast, abs=0.05)


def test_the_normal_approximation_continues_the_exact_power():
    for difference, disagreement in ((0.03, 0.2), (0.05, 0.5)):
        exact, approximate = (right_or_wrong_power(count, difference, disagreement) for count in (2000, 2001))
        assert exact == pytest.approx(approximate, abs=0.01)


def test_what_is_needed_and_what_is_seen_are_two_sides_of_one():
    for examples in (30, 100, 500, 10_000):
        assert examples_needed(smallest_difference(examples)) == pytest.approx(examples, rel=0.08)
    assert right_or_wrong_power(examples_needed(0.1), 0.1, 0.3) == pytest.approx(WANTED_POWER, abs=0.02)
    assert score_power(scores_needed(0.05, 0.2), 0.05, 0.2) == pytest.approx(WANTED_POWER, abs=0.01)
    for examples in (20, 100, 5000):
        assert scores_needed(smallest_score_difference(examples, 0.2), 0.2) == pytest.approx(examples, rel=0.08)


def test_hardly_any_examples_show_nothing():
    assert smallest_difference(4) is None
    assert 0.5 < smallest_difference(10) < 0.7
    assert examples_needed(0.0) is None and scores_needed(0.0, 0.3) is None and scores_needed(1e-9, 0.3) is None
    assert scores_needed(0.2, 0.0) is not None
    assert smallest_score_difference(2, 0.3) is None and smallest_score_difference(4, 0.9) is None
