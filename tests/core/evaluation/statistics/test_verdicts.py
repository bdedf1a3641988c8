"""The words that follow from paired differences, and what is said before a run."""

import re

import numpy as np
import pytest

from core.evaluation.statistics.paired import paired_difference
from core.evaluation.statistics.planning import score_power, smallest_difference
from core.evaluation.statistics.verdicts import (
    Verdict,
    in_words,
    methods_in_words,
    more_needed,
    verdict,
    what_examples_show,
    what_scores_show,
)
from core.specs.results.evaluate import Difference

LABELS = {"accuracy": "Right", "rougeL": "ROUGE-L", "loss": "Loss"}


def difference(value: float, corrected: float | None, p_value: float = 0.01, **others) -> Difference:
    named = {"low": value - 0.1, "high": value + 0.1, "examples": 100, "spread": 0.3} | others
    return Difference(value=value, p_value=p_value, corrected_p_value=corrected, **named)


def test_better_worse_and_not_told_apart():
    found = verdict(
        {
            "accuracy": difference(0.2, 0.01),
            "loss": difference(-0.4, 0.001),
            "f1": difference(-0.2, 0.02),
            "rougeL": difference(0.04, 0.5, 0.2),
        }
    )
    assert (found.better, found.worse, list(found.open)) == (["accuracy", "loss"], ["f1"], ["rougeL"])
    assert re.fullmatch(
        r"better on Right and Loss; worse on f1; not told apart on ROUGE-L \(bring about [\d,]+ more examples\)",
        in_words(found, LABELS),
    )


def test_more_of_the_same_documents_are_not_asked_for():
    said = in_words(verdict({"rougeL": difference(0.04, 0.5, 0.2, clusters=12)}), LABELS)
    assert said.endswith(" more examples of other documents)")


def test_intervals_alone_do_not_tell_apart_what_the_correction_keeps_together():
    assert not verdict({"accuracy": difference(0.2, 0.08)}).better
    old = {"accuracy": Difference(value=0.2, low=0.1, high=0.3), "f1": Difference(value=0.2, low=-0.1, high=0.3)}
    assert verdict(old) == Verdict(["accuracy"], [], {"f1": None})


def test_the_examples_to_bring_show_the_difference_seen():
    open_still = difference(0.05, 0.3, 0.1, spread=0.4, examples=200)
    more = more_needed(open_still)
    alone = difference(0.05, 0.1, 0.1, spread=0.4, examples=200)
    assert score_power(200 + more_needed(alone), 0.05, 0.4) == pytest.approx(0.8, abs=0.02)
    assert more > more_needed(alone)
    assert len(str(more).rstrip("0")) <= 2


def test_the_examples_to_bring_allow_for_a_correction_that_was_cut_to_one():
    """p = 0.2, times 12 is 2.4 and was cut to 1: the level to reach is 0.05 / 12, not 0.05 / 5."""
    cut = difference(0.05, 1.0, 0.2, spread=0.55, examples=200)
    more = more_needed(cut.model_copy(update={"correction": 12}))
    assert more > more_needed(cut)
    assert more == more_needed(difference(0.05, 0.06, 0.01, spread=0.55, examples=200, correction=12))


def test_the_tests_named_are_those_used():
    by_document = difference(0.1, 0.01, method="Fisher's randomization test, Student's interval", clusters=12)
    alone = difference(0.1, 0.01, method="McNemar's test")
    assert methods_in_words({"Mine": {"Base": {"accuracy": alone, "f1": by_document}, "Old": {"f1": alone}}}) == (
        "McNemar's test, 100 examples; Fisher's randomization test, Student's interval, 12 documents."
    )
    assert methods_in_words({"Mine": {"Base": {"f1": Difference(value=0.1)}}}) == ""


def test_no_number_is_asked_for_where_none_would_do():
    same = np.linspace(0, 1, 30)
    copy = paired_difference(same, same)
    found = verdict(
        {"rougeL": difference(copy.value, 1.0, copy.p_value, spread=copy.spread), "f1": difference(1e-5, 1.0, 0.9)}
    )
    assert found.open == {"rougeL": None, "f1": None}
    assert in_words(found, LABELS) == "not told apart on ROUGE-L and f1"


def test_what_ten_examples_show_is_said_before_the_run():
    words = what_examples_show(10)
    points = np.ceil(100 * smallest_difference(10))
    seen = f"10 examples show a difference of {points:.0f} points in the share of good answers (80 % power"
    assert words.startswith(seen)
    assert re.search(r"10 points take about 2\d0 examples\.$", words)
    assert "take" not in what_examples_show(1000)
    assert what_examples_show(3).startswith("3 examples cannot tell two models apart")
    assert what_examples_show(1).startswith("1 example cannot tell two models apart")


def test_of_scores_it_is_said_whether_their_spread_was_measured():
    assumed, measured = what_scores_show(100), what_scores_show(100, 0.1)
    assert assumed.startswith("100 examples show a difference of 0.09 in mean ROUGE-L (80 % power at the 5 % level")
    assert "assumed: 0.30" in assumed and "as measured: 0.10" in measured
    assert "0.05 takes about 290 examples." in assumed and "takes" not in measured
    assert what_scores_show(2).startswith("2 examples cannot tell two models apart")
