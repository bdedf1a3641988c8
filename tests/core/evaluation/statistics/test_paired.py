"""Paired differences: published examples, SciPy's results, clusters, and sizes."""

import resource
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, permutation_test, ttest_1samp, ttest_rel

from core.evaluation.statistics.bootstrap import bca_interval
from core.evaluation.statistics.holm import holm
from core.evaluation.statistics.paired import MCNEMAR, RANDOMIZATION, paired_difference, paired_statistics
from core.evaluation.statistics.randomization import randomization_p
from core.evaluation.statistics.right_or_wrong import mcnemar_mid_p, newcombe_interval
from core.evaluation.statistics.units import mean, mean_units, standard_error, student_interval


def answers(both: int, ours: int, theirs: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Right or wrong by example, of two models."""
    counts = (both, ours, theirs, neither)
    return np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)


def test_mcnemar_mid_p_of_the_published_example():
    assert mcnemar_mid_p(1, 7) == pytest.approx(0.0391, abs=5e-5)  # Fagerland et al. 2013: airways of 21 children
    assert mcnemar_mid_p(3, 3) == 1


@pytest.mark.parametrize("better, worse", list(product((0, 1, 4, 9, 30), repeat=2)))
def test_mid_p_is_half_the_way_between_this_table_and_the_next(better, worse):
    if better != worse:
        count, fewer = better + worse, min(better, worse)
        exact = binomtest(fewer, count, 0.5).pvalue
        further = binomtest(fewer - 1, count, 0.5).pvalue if fewer else 0
        assert mcnemar_mid_p(better, worse) == pytest.approx((exact + further) / 2)


@pytest.mark.parametrize(
    "table, low, high",
    [((36, 12, 2, 0), 0.0569, 0.3404), ((54, 0, 0, 0), -0.0664, 0.0664)],
)
def test_newcombes_tenth_method_on_published_tables(table, low, high):
    assert newcombe_interval(*answers(*table)) == pytest.approx((low, high), abs=5e-4)


def test_bca_has_scipys_ends():
    values = np.random.default_rng(1).exponential(size=60)
    ours = bca_interval(values[:, None], lambda sums: sums[..., 0] / len(values))
    theirs = bootstrap((values,), np.mean, n_resamples=20_000, random_state=np.random.default_rng(2), batch=500)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.02)  # the percentiles are 0.04 and 0.1 lower


def swapped_p(values: np.ndarray) -> float:
    return randomization_p(mean_units(values), mean_units(np.zeros(len(values))), mean)


def test_randomization_is_scipys_but_for_ties():
    for count in (8, 40):
        values = np.random.default_rng(count).normal(0.3, 1, count)
        theirs = permutation_test((values,), np.sum, permutation_type="samples", n_resamples=50_000, random_state=3)
        tie = 2 / 2**count  # one way on each side equals what was seen
        assert swapped_p(values) == pytest.approx(theirs.pvalue - tie / 2, abs=0.006 if count > 13 else 1e-9)


def test_right_or_wrong_is_mcnemars_whichever_way_it_is_computed():
    for better, worse in ((7, 1), (6, 5), (30, 14)):
        p_value = swapped_p(np.repeat([1.0, -1.0, 0.0], [better, worse, 50]))
        assert p_value == pytest.approx(mcnemar_mid_p(better, worse), abs=0.012)


def test_scores_of_independent_examples_agree_with_students_t():
    random = np.random.default_rng(4)
    theirs = random.uniform(size=400)
    ours = theirs + random.normal(0.02, 0.2, 400)
    found, student = paired_difference(ours, theirs), ttest_rel(ours, theirs)
    assert (found.method, found.examples, found.clusters) == (RANDOMIZATION, 400, None)
    assert found.value == pytest.approx((ours - theirs).mean())
    assert found.p_value == pytest.approx(student.pvalue, abs=0.01)
    assert (found.low, found.high) == pytest.approx(tuple(student.confidence_interval()), abs=0.002)
    assert found.spread == pytest.approx((ours - theirs).std(ddof=1))


def test_few_scores_have_students_interval():
    values = np.random.default_rng(5).normal(0.1, 0.2, 12)
    found = paired_difference(values, np.zeros(12))
    assert (found.low, found.high) == pytest.approx(tuple(ttest_1samp(values, 0).confidence_interval()))


def test_every_answer_five_times_is_no_more_proof_than_once():
    ours, theirs = answers(20, 14, 5, 11)
    alone, names = paired_difference(ours, theirs), list(range(50)) * 5
    repeated, clustered = (paired_difference(np.tile(ours, 5), np.tile(theirs, 5), names) for names in (None, names))
    assert alone.method == MCNEMAR and clustered.clusters == 50
    assert repeated.p_value < 1e-4 < 0.02 < clustered.p_value == pytest.approx(alone.p_value, abs=0.02)
    assert repeated.low > 0 > clustered.low - 0.03
    assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high), abs=0.03)


def test_clustered_standard_error_is_that_of_the_cluster_means_where_clusters_are_equally_large():
    values, clusters = np.random.default_rng(6).normal(size=60), np.repeat(np.arange(12), 5)
    units = mean_units(values, clusters)
    means = values.reshape(12, 5).mean(axis=1)
    assert standard_error(units, mean) == pytest.approx(means.std(ddof=1) / 12**0.5)
    assert student_interval(units, mean) == pytest.approx(tuple(ttest_1samp(means, 0).confidence_interval()))


def test_perplexities_are_compared_by_their_totals():
    random = np.random.default_rng(8)
    tokens = random.integers(5, 200, 80).astype(float)
    theirs = random.normal(2, 0.3, 80) * tokens
    ours = theirs - random.normal(0.1, 0.1, 80) * tokens

    def perplexity(sums):
        return np.exp(mean(sums))

    found = paired_statistics(np.column_stack([ours, tokens]), np.column_stack([theirs, tokens]), perplexity)
    expected = np.exp(ours.sum() / tokens.sum()) - np.exp(theirs.sum() / tokens.sum())
    assert found.value == pytest.approx(expected)
    assert found.low < expected < found.high < 0 and found.p_value < 0.001


def test_a_score_beyond_every_number_tells_nothing():
    ours, theirs = mean_units(np.linspace(0, 1, 12)), mean_units(np.zeros(12))
    assert randomization_p(ours, theirs, lambda sums: np.where(sums[..., 0] > 5, np.inf, 0.0)) == 1


def test_a_copy_is_not_told_apart():
    for scores in (np.repeat([0.0, 1.0], 15), np.linspace(0, 1, 30)):
        found = paired_difference(scores, scores)
        assert (found.value, found.p_value) == (0, 1) and found.low <= 0 <= found.high


def test_holm_as_worked_out_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


@pytest.mark.long
def test_100_000_examples_take_seconds_and_little_memory():
    random = np.random.default_rng(7)
    ours, theirs = random.uniform(size=(2, 100_000))
    before, began = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    found = paired_difference(ours, theirs)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime - began < 10
    assert after.ru_maxrss - before.ru_maxrss < 200_000  # KB
    error = (ours - theirs).std() / 100_000**0.5
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.06)
