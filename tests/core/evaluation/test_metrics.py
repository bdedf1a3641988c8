"""Every metric against figures worked out by hand, and intervals against theory."""

import math

import pytest
import sacrebleu

from core.evaluation.labels import label_matches
from core.evaluation.metrics.likelihood import AnswerLikelihood
from core.evaluation.metrics.overlap import AnswerOverlap
from core.evaluation.metrics.words import normalized, pieces
from core.evaluation.scorecards import without_reasoning

CAT = ("the cat sat on the mat", "the cat is on the mat")
TABLETS = ("Take two tablets daily.", "Take two tablets daily.")


def overlap(tmp_path, *pairs: tuple[str, str]) -> dict:
    """Of (prediction, reference) pairs."""
    predictions, references = map(list, zip(*pairs, strict=True))
    metric = AnswerOverlap(keep_in_memory=True, cache_dir=str(tmp_path))
    return metric.compute(predictions=predictions, references=references)


def test_the_scores_of_one_answer(tmp_path):
    result = overlap(tmp_path, CAT)
    scores = {name: score.value for name, score in result["scores"].items()}
    assert scores == {
        "exact_match": 0,
        "accuracy": 0,
        "f1": pytest.approx(3 / 4),  # cat, on, mat of four words each, articles left out
        "rouge1": pytest.approx(5 / 6),
        "rouge2": pytest.approx(3 / 5),
        "rougeL": pytest.approx(5 / 6),
        # Precisions of one to four words; a count of 0 is smoothed to a half.
        "bleu": pytest.approx((5 / 6 * 3 / 5 * 1 / 4 * (1 / 2) / 3) ** (1 / 4)),
        "mean_length": 6,
    }
    assert result["examples"][0] == {name: scores[name] for name in result["examples"][0] if name != "length"} | {
        "length": 6
    }


def test_the_scores_of_several_answers_are_means_but_bleu_is_of_the_whole(tmp_path):
    scores = overlap(tmp_path, CAT, TABLETS)["scores"]
    assert scores["exact_match"].value == scores["accuracy"].value == 0.5
    assert scores["f1"].value == pytest.approx((3 / 4 + 1) / 2)
    assert scores["rouge2"].value == pytest.approx((3 / 5 + 1) / 2)
    assert scores["bleu"].value == pytest.approx((10 / 11 * 7 / 9 * 4 / 7 * 2 / 5) ** (1 / 4))
    assert scores["mean_length"].value == 5


def test_bleu_is_that_of_sacrebleu(tmp_path):
    pairs = [CAT, TABLETS, ("a completely different and short answer", "what one would say of it at some length, too")]
    expected = sacrebleu.corpus_bleu([said for said, _ in pairs], [[meant for _, meant in pairs]]).score / 100
    assert overlap(tmp_path, *pairs)["scores"]["bleu"].value == pytest.approx(expected)


@pytest.mark.parametrize(
    "said, meant, scores",
    [
        (" Yes. \n", "Yes.", {"exact_match": 1, "accuracy": 1, "f1": 1}),
        ("the Heart-attack!", "A heart attack", {"exact_match": 0, "accuracy": 0, "f1": 0}),
        ("The heart  attack!", "a heart attack", {"exact_match": 0, "accuracy": 1, "f1": 1}),
        ("", "something", {"exact_match": 0, "accuracy": 0, "f1": 0, "rougeL": 0, "length": 0}),
        ("no no no", "no", {"f1": 2 * 1 / 4, "rouge1": 2 * (1 / 3) / (1 / 3 + 1)}),
        ("糖尿病", "糖尿的病", {"f1": 2 * 3 / 7, "rouge1": 2 * 3 / 7, "length": 3}),
        ("Größe äpfel", "größe Äpfel", {"accuracy": 1, "rouge2": 1}),
        ("running", "runs", {"rouge1": 0}),
    ],
)
def test_what_counts_as_the_same(tmp_path, said, meant, scores):
    (example,) = overlap(tmp_path, (said, meant))["examples"]
    assert {name: example[name] for name in scores} == pytest.approx(scores)


def test_normalizing():
    assert normalized("  The “Answer”, an apple; A-B! ") == "answer apple ab"
    assert normalized("theatre and another") == "theatre and another"
    assert pieces("don't 糖尿 x") == ["don't", "糖", "尿", "x"]


def test_likelihood_weighs_every_token_the_same(tmp_path):
    result = AnswerLikelihood(keep_in_memory=True, cache_dir=str(tmp_path)).compute(
        negative_log_likelihoods=[2.0, 8.0], tokens=[1, 4], correct=[1, 1]
    )
    values = {name: score.value for name, score in result["scores"].items()}
    assert values == {"loss": 2.0, "perplexity": pytest.approx(math.e**2), "token_accuracy": pytest.approx(2 / 5)}
    assert result["examples"] == [{"loss": 2.0, "token_accuracy": 1.0}, {"loss": 2.0, "token_accuracy": 0.25}]


def test_answers_that_are_nothing_but_articles_or_marks_are_told_apart(tmp_path):
    for said, meant, same in (("the", "A", 0), ("A.", "a", 1), ("-", "+", 0), ("+", "+", 1), ("", "+", 0)):
        (example,) = overlap(tmp_path, (said, meant))["examples"]
        assert example["accuracy"] == same


def test_a_label_is_right_whatever_its_case_and_what_is_around_it():
    said = ["Positive.", " very  NEUTRAL ", "positive, I think", "c#", "the a", "+"]
    meant = ["positive", "very neutral", "positive", "C++", "a", "+"]
    assert label_matches(said, meant).tolist() == [1, 1, 0, 0, 0, 1]


def test_reasoning_is_not_scored():
    assert without_reasoning("<think>\nIs it? No.\n</think>\n\nYes.") == "Yes."
    assert without_reasoning("Is it? No.\n</think>\n\nYes.") == "Yes."
    assert without_reasoning("<think>\nIs it? Is") == ""
    assert without_reasoning("Yes, I think.") == "Yes, I think."
