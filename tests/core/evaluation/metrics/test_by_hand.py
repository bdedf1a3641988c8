"""Metrics against figures worked out by hand: what counts as the same answer, and how examples add up."""

import math

import numpy as np
import pytest

from core.evaluation.metrics.bleu import Bleu
from core.evaluation.metrics.likelihood import Likelihood
from core.evaluation.metrics.matches import Matches
from core.evaluation.metrics.measure import computed
from core.evaluation.metrics.rouge import Rouge
from core.evaluation.metrics.style import Style
from core.evaluation.metrics.words import normalized, pieces, without_reasoning

CAT = ("the cat sat on the mat", "the cat is on the mat")
TABLETS = ("Take two tablets daily.", "Take two tablets daily.")


def measured(*pairs: tuple[str, str], **given) -> dict:
    """Of (prediction, reference) pairs."""
    texts = dict(zip(("predictions", "references"), map(list, zip(*pairs, strict=True)), strict=True))
    found = computed(Matches, **texts, **given)
    for module in (Rouge, Bleu):
        found |= computed(module, **texts)
    return found | computed(Style, predictions=texts["predictions"])


def values(found: dict, *names: str) -> dict:
    return {name: found[name].value for name in names or found}


def test_the_scores_of_one_answer():
    expected = {
        "exact_match": 0,
        "accuracy": 0,
        "f1": pytest.approx(3 / 4),  # cat, on, mat of four words each, articles left out
        "rouge1": pytest.approx(5 / 6),
        "rouge2": pytest.approx(3 / 5),
        "rougeL": pytest.approx(5 / 6),
        # Precisions of one to four words; a count of 0 is smoothed to a half.
        "bleu": pytest.approx((5 / 6 * 3 / 5 * 1 / 4 * (1 / 2) / 3) ** (1 / 4)),
        "mean_length": 6,
        "length_ratio": 1,
    }
    assert values(measured(CAT), *expected) == expected


def test_the_scores_of_several_answers_are_means_but_bleu_is_of_the_whole():
    expected = {
        "exact_match": 0.5,
        "accuracy": 0.5,
        "f1": pytest.approx((3 / 4 + 1) / 2),
        "rouge2": pytest.approx((3 / 5 + 1) / 2),
        "bleu": pytest.approx((10 / 11 * 7 / 9 * 4 / 7 * 2 / 5) ** (1 / 4)),
        "mean_length": 5,
    }
    assert values(measured(CAT, TABLETS), *expected) == expected


@pytest.mark.parametrize(
    "said, meant, scores",
    [
        (" Yes. \n", "Yes.", {"exact_match": 1, "accuracy": 1, "f1": 1}),
        ("the Heart-attack!", "A heart attack", {"exact_match": 0, "accuracy": 0, "f1": 0}),
        ("The heart  attack!", "a heart attack", {"exact_match": 0, "accuracy": 1, "f1": 1}),
        ("", "something", {"exact_match": 0, "accuracy": 0, "f1": 0, "rougeL": 0, "mean_length": 0}),
        ("no no no", "no", {"f1": 2 * 1 / 4, "rouge1": 2 * (1 / 3) / (1 / 3 + 1)}),
        ("糖尿病", "糖尿的病", {"f1": 2 * 3 / 7, "rouge1": 2 * 3 / 7, "mean_length": 3}),
        ("Größe äpfel", "größe Äpfel", {"accuracy": 1, "rouge2": 1}),
        ("running", "runs", {"rouge1": 0}),
        ("the", "A", {"accuracy": 0}),
        ("A.", "a", {"accuracy": 1}),
        ("-", "+", {"accuracy": 0}),
        ("+", "+", {"accuracy": 1}),
        ("", "+", {"accuracy": 0}),
    ],
)
def test_what_counts_as_the_same(said, meant, scores):
    assert values(measured((said, meant)), *scores) == pytest.approx(scores)


def test_a_label_is_right_whatever_its_case_and_what_is_around_it():
    said = ["Positive.", " very  NEUTRAL ", "positive, I think", "c#", "the a", "+"]
    meant = ["positive", "very neutral", "positive", "C++", "a", "+"]
    found = measured(*zip(said, meant, strict=True), labels=True)
    assert found["accuracy"].examples.tolist() == [1, 1, 0, 0, 0, 1]


def test_normalizing():
    assert normalized("  The “Answer”, an apple; A-B! ") == "answer apple ab"
    assert normalized("theatre and another") == "theatre and another"
    assert pieces("don't 糖尿 x") == ["don't", "糖", "尿", "x"]


def test_likelihood_weighs_every_token_the_same():
    found = computed(Likelihood, negative_log_likelihoods=[2.0, 8.0], tokens=[1, 4], correct=[1, 1], byte_counts=[4, 0])
    assert values(found) == {
        "loss": 2.0,
        "perplexity": pytest.approx(math.e**2),
        "bits_per_byte": pytest.approx(10 / 4 / math.log(2)),
        "token_accuracy": pytest.approx(2 / 5),
    }
    assert found["loss"].examples.tolist() == [2, 2]
    assert found["token_accuracy"].examples.tolist() == [1, 0.25]
    assert np.isnan(found["bits_per_byte"].examples).tolist() == [False, True]


def test_reasoning_is_not_scored():
    assert without_reasoning("<think>\nIs it? No.\n</think>\n\nYes.") == "Yes."
    assert without_reasoning("Is it? No.\n</think>\n\nYes.") == "Yes."
    assert without_reasoning("<think>\nIs it? Is") == ""
    assert without_reasoning("Yes, I think.") == "Yes, I think."
