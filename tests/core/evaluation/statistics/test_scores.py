"""Scores with intervals, and differences corrected together."""

import numpy as np
import pytest

from core.evaluation.statistics.holm import holm
from core.evaluation.statistics.paired import paired_difference, paired_statistics
from core.evaluation.statistics.proportions import proportion_interval
from core.evaluation.statistics.scores import corrected, scored, scored_sums
from core.evaluation.statistics.units import mean, mean_units
from core.specs.results.evaluate import Score
from core.specs.sample_sizes import FEWEST_SCORED


def ends(score: Score) -> tuple[float, float]:
    return score.low, score.high


def test_none_of_ten_right_may_still_be_a_quarter():
    assert ends(scored(np.zeros(10))) == (0, pytest.approx(0.278, abs=1e-3))
    assert ends(scored(np.repeat([1.0, 0.0], [3, 7]))) == proportion_interval(3, 10)
    equal = scored(np.full(30, 0.25))
    assert equal.low < 0.25 < equal.high


def test_a_handful_of_scores_has_no_interval():
    values = np.linspace(0, 1, FEWEST_SCORED)
    assert ends(scored(values[1:])) == (None, None)
    assert scored(values).low < 0.5 < scored(values).high
    assert ends(scored_sums(np.ones((3, 2)), mean)) == (None, None)


def test_a_dozen_documents_have_students_interval():
    answers = np.random.default_rng(3).normal(0.5, 0.1, 12).repeat(50)
    score = scored(answers, np.arange(12).repeat(50))
    documents = answers[::50]
    half = 2.201 * documents.std(ddof=1) / 12**0.5  # Student's t, 11 degrees of freedom
    assert ends(score) == pytest.approx((documents.mean() - half, documents.mean() + half), rel=1e-3)


@pytest.mark.parametrize("documents", [None, np.arange(40) % 12])
def test_a_score_whose_resamples_exceed_every_number_has_no_interval(documents):
    nats = np.r_[np.full(39, 300.0), 16_000.0]  # a mean of 692, near the largest exponent
    losses, lower = mean_units(nats), mean_units(nats / 2)

    def perplexity(sums):
        with np.errstate(over="ignore"):
            return np.exp(mean(sums))

    score = scored_sums(losses, perplexity, documents)
    assert np.isfinite(score.value) and ends(score) == (None, None)
    [above] = corrected([paired_statistics(losses, lower, perplexity, documents)])
    assert above.value > 0 and ends(above) == (None, None) and above.p_value < 0.05


def test_clusters_widen_intervals():
    values, clusters = np.repeat([1.0, 0.0] * 20, 5), np.repeat(np.arange(40), 5)
    alone, clustered = scored(values), scored(values, clusters)
    assert ends(clustered) == pytest.approx(proportion_interval(20, 40), abs=0.01)
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)
    assert ends(scored(np.ones(200), clusters)) == pytest.approx(proportion_interval(40, 40))
    lengths = np.repeat(np.random.default_rng(0).normal(9, 2, 40), 5)
    assert np.ptp(ends(scored(lengths, clusters))) > 2 * np.ptp(ends(scored(lengths)))


def test_differences_are_corrected_together():
    random = np.random.default_rng(1)
    theirs = random.uniform(size=60)
    found = [paired_difference(theirs + random.normal(shift, 0.2, 60), theirs) for shift in (0.0, 0.08, 0.2)]
    stored = corrected(found)
    assert [one.corrected_p_value for one in stored] == holm([one.p_value for one in found])
    assert sorted(one.correction for one in stored) == [1, 2, 3]
    assert max(stored, key=lambda one: one.p_value).correction == 1
    assert stored[2].value == found[2].value and stored[2].method == found[2].method and stored[2].examples == 60
