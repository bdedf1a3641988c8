"""Verdicts claim no more than the evidence supports: good only where a subject expert would accept the answers."""

import re
from dataclasses import replace

import pytest

from app.evaluation.judge_evaluation import judge_evaluation
from app.evaluation.tally import share_of
from app.evaluation.verdict import State
from core.specs.results.evaluate import Difference, EvaluatedModel, EvaluateResult, Prediction, Score
from core.specs.results.report import DataReport, Finding
from tests.indexed import indexed

LONG = "A blood test for creatinine gives the estimated filtration rate and a urine test looks for albumin in case"


def judged(result, answers=(), report=None):
    """The verdict on a result with these answers."""
    return judge_evaluation(result, indexed(answers), report)


def score(value, low=None, high=None) -> Score:
    return Score(value=value, low=low, high=high)


def difference(value, low=None, high=None) -> Difference:
    return Difference(value=value, low=low, high=high)


def evaluation(hits: dict[str, int], count: int, *, short: bool, above: dict | None = None, **others) -> tuple:
    """A result and its answers: this many of each role's are right if `short`, else close; the others miss.

    `above` are the paired differences to the other roles, as (value, low, high).
    """
    references = [f"fact {number}" if short else f"{LONG} {number}" for number in range(count)]
    answers = []
    for number, reference in enumerate(references):
        well = {role: number < hit for role, hit in hits.items()}
        answers.append(Prediction(
            instruction=f"question {number}", input="", reference=reference,
            predictions={role: reference if good else f"something else {number}" for role, good in well.items()},
            scores={
                role: {"accuracy": float(good and short), "f1": 0.8 * good, "rougeL": 0.8 * good}
                for role, good in well.items()
            },
        ))  # fmt: skip
    many = count >= 20
    cards = {}
    for role, hit in hits.items():
        right, like = hit / count if short else 0.0, 0.8 * hit / count
        cards[role] = {
            "accuracy": score(right), "rougeL": score(like, like - 0.05, like + 0.05) if many else score(like),
            "mean_length": score(2.0 if short else 18.0),
        }  # fmt: skip
    measure = "accuracy" if short else "rougeL"
    differences = {role: {measure: difference(*told)} for role, told in (above or {}).items()}
    return scored(cards, differences, count, **others), answers


def scored(cards: dict, differences: dict, count: int, **others) -> EvaluateResult:
    values = {"scorecards": cards, "differences": differences, "examples": count, "split": "test", "seconds": 60.0}
    return EvaluateResult.read(values | others, "evaluation")


CLEARLY = {"base": (0.5, 0.4, 0.6), "nearest": (0.4, 0.3, 0.5)}


@pytest.mark.parametrize(
    ("hits", "count", "short", "state", "words"),
    [
        ({"base": 0, "tuned": 0, "nearest": 0}, 10, True, State.BAD, "0 of 10 right; not usable yet"),
        ({"base": 0, "tuned": 0, "nearest": 0}, 10, False, State.BAD, "0 of 10 right; not usable yet"),
        ({"base": 0, "tuned": 5, "nearest": 0}, 10, False, State.UNKNOWN, "24 to 76 of 100"),
        (
            {"base": 0, "tuned": 86, "nearest": 7},
            120,
            False,
            State.GOOD,
            "86 of 120 right or close to it (base model 0",
        ),
        ({"base": 0, "tuned": 60, "nearest": 7}, 120, False, State.DOUBTFUL, "too many answers miss the reference"),
        ({"base": 9, "tuned": 90, "nearest": 40}, 100, True, State.GOOD, "90 of 100 right (base model 9"),
        ({"base": 9, "tuned": 60, "nearest": 40}, 100, True, State.DOUBTFUL, "60 of 100 right"),
        ({"base": 9, "tuned": 30, "nearest": 4}, 100, True, State.BAD, "30 of 100 right; not usable yet"),
        ({"base": 0, "tuned": 10, "nearest": 10}, 10, True, State.UNKNOWN, "looking up the nearest question"),
    ],
)
def test_an_evaluation_is_judged_by_the_kind_of_its_references(hits, count, short, state, words):
    verdict = judged(*evaluation(hits, count, short=short, above=CLEARLY if count >= 20 else None))
    assert verdict.state is state, verdict
    assert words in verdict.sentence


def test_a_verdict_on_too_few_examples_names_a_sufficient_number():
    assert judged(*evaluation({"base": 0, "tuned": 14}, 20, short=True)).advice == "Evaluate about 100 examples."
    assert "about 50 examples" in judged(*evaluation({"base": 0, "tuned": 17}, 20, short=True)).advice


def test_too_few_examples_is_said_once():
    few = {"base": 0, "tuned": 5}
    assert judged(*evaluation(few | {"nearest": 4}, 10, short=False)).notes == ()
    assert judged(*evaluation({"base": 0, "tuned": 0, "nearest": 0}, 10, short=False)).notes == ()
    (note,) = judged(*evaluation(few, 10, short=False)).notes
    assert note == "Not compared with looking up the nearest question."


@pytest.mark.parametrize(
    ("above", "state", "words"),
    [
        (
            CLEARLY | {"nearest": (0.01, -0.1, 0.1)},
            State.DOUBTFUL,
            "not told apart from looking up the nearest question",
        ),
        (CLEARLY | {"nearest": (-0.3, -0.4, -0.2)}, State.BAD, "looking up the nearest question does better"),
        (CLEARLY | {"base": (0.01, -0.1, 0.1)}, State.DOUBTFUL, "not told apart from the base model"),
        (CLEARLY | {"base": (-0.3, -0.4, -0.2)}, State.BAD, "the base model does better"),
    ],
)
def test_base_and_look_up_must_be_beaten_by_the_paired_interval(above, state, words):
    hits = {"base": 90, "tuned": 100, "nearest": 90}
    verdict = judged(*evaluation(hits, 120, short=False, above=above))
    assert verdict.state is state and words in verdict.sentence


def test_long_answers_without_a_look_up_comparison_are_not_called_good():
    verdict = judged(*evaluation({"base": 0, "tuned": 100}, 120, short=False, above=CLEARLY))
    assert verdict.state is State.UNKNOWN and "not compared" in verdict.sentence


def test_one_answer_to_all_questions_is_reported():
    result, answers = evaluation({"base": 0, "tuned": 0, "nearest": 0}, 10, short=False)
    for row in answers:
        row.predictions["tuned"] = "The joints hurt\nwhen used"
    verdict = judged(result, answers)
    assert verdict.state is State.BAD
    assert "10 different questions got the same answer, “The joints hurt when used”" in verdict.sentence


def the_tent(count: int) -> tuple:
    """A shop's answers that differ only in the product: three of ten get the tent's."""
    result, answers = evaluation({"base": 0, "tuned": count, "nearest": 0}, count, short=False, above=CLEARLY)
    for number, row in enumerate(answers):
        right = number % 10 < 3
        row.scores["tuned"] = {"accuracy": float(right), "f1": 1.0 if right else 0.92, "rougeL": 0.94}
        row.predictions["tuned"] = answers[number // 10 * 10].reference if number % 10 < 3 else f"nearly {number}"
    result.scorecards["tuned"] |= {"accuracy": score(0.3), "rougeL": score(0.94, 0.92, 0.96)}
    return result, answers


@pytest.mark.parametrize("count", [10, 100])
def test_the_same_answer_for_different_products_is_never_good(count):
    verdict = judged(*the_tent(count))
    assert verdict.state is State.DOUBTFUL
    told = " ".join((verdict.sentence, *verdict.notes)).lower()
    assert "differ from the reference by only a word or two" in told


def test_labels_must_beat_the_majority_class():
    result, answers = evaluation({"base": 20, "tuned": 90, "nearest": 50}, 100, short=True, above=CLEARLY, labels=True)
    answers = [
        row.model_copy(update={"reference": "spam" if number < 88 else "ham"}) for number, row in enumerate(answers)
    ]
    verdict = judged(result, answers)
    assert verdict.state is State.DOUBTFUL and "always answering “spam” would be right 88 times" in verdict.sentence


def test_scores_on_training_examples_prove_nothing():
    hits = {"base": 0, "tuned": 100, "nearest": 90}
    verdict = judged(*evaluation(hits, 120, short=False, above=CLEARLY, split="train"))
    assert verdict.state is State.DOUBTFUL and "trained on" in verdict.sentence


def test_dataset_warnings_are_the_verdicts_and_leakage_prevents_good():
    title = "36 examples nearly the same as one in a split that is for checking"
    leak = Finding("leakage", "warning", title, count=36, pairs=[(1, 2, 0.9)])
    small = Finding("unused", "info", "One column is not used")
    report = DataReport(splits={"train": 80, "validation": 10, "test": 10}, findings=[leak, small])
    hits = {"base": 0, "tuned": 100, "nearest": 7}
    verdict = judged(*evaluation(hits, 120, short=False, above=CLEARLY), report)
    assert verdict.state is State.DOUBTFUL and "near duplicates" in verdict.sentence
    assert [warning for warning in verdict.warnings if "36 examples nearly the same" in warning]
    report = report.model_copy(update={"findings": [replace(leak, count=1), small]})
    verdict = judged(*evaluation(hits, 120, short=False, above=CLEARLY), report)
    assert verdict.state is State.GOOD and len(verdict.warnings) == 1


@pytest.mark.parametrize(
    ("tuned", "above", "state"),
    [
        ((0.63, 0.57, 0.69), (0.47, 0.40, 0.54), State.GOOD),
        ((0.13, 0.11, 0.15), (-0.03, -0.06, 0.01), State.BAD),
    ],
)
def test_the_demo_without_its_answers(tuned, above, state):
    """SmolLM2 and the starter model on the exam: ROUGE-L of free text, hardly ever word for word."""
    cards = {
        role: {"accuracy": score(0.02), "rougeL": score(*told), "mean_length": score(40.0)}
        for role, told in {"base": (0.11, 0.1, 0.12), "tuned": tuned, "nearest": (0.16, 0.13, 0.19)}.items()
    }
    differences = {role: {"rougeL": difference(*above)} for role in ("base", "nearest")}
    assert judged(scored(cards, differences, 120)).state is state


def test_the_starter_model_is_reported_as_too_small():
    hits = {"base": 0, "tuned": 2, "nearest": 7}
    result, answers = evaluation(hits, 120, short=False, above=CLEARLY, how={"base": "starter in float32"})
    assert "starter model is too small" in judged(result, answers).advice


@pytest.mark.parametrize(("base", "too_small"), [("starter", True), ("smollm2-135m", False), ("", False)])
def test_what_is_too_small_is_the_base_of_the_judged_model_not_the_reference(base, too_small):
    """SmolLM2 or a model at an API, poor beside the starter model."""
    result, answers = evaluation({"Plain": 0, "Mine": 2}, 120, short=False)
    models = [
        EvaluatedModel(name="Plain", kind="model", how="starter in float32", base="starter"),
        EvaluatedModel(name="Mine", kind="adapter" if base else "endpoint", base=base),
    ]
    verdict = judged(result.model_copy(update={"models": models}), answers)
    assert ("starter model is too small" in verdict.advice) is too_small


@pytest.mark.parametrize(
    ("base", "tuned", "state"),
    [
        ((64, 60, 70), (5.3, 5, 6), State.GOOD),
        ((64, 60, 70), (62, 58, 66), State.DOUBTFUL),
        ((64, 60, 70), (90, 80, 99), State.BAD),
        ((64,), (5.3,), State.UNKNOWN),
    ],
)
def test_plain_text_is_judged_by_perplexity(base, tuned, state):
    cards = {"base": {"perplexity": score(*base)}, "tuned": {"perplexity": score(*tuned)}}
    verdict = judged(scored(cards, {}, 50))
    assert verdict.state is state and "Perplexity" in verdict.sentence


def test_wilsons_interval_of_zero_hits_is_not_zero():
    assert share_of(0, 10)[:3] == pytest.approx((0, 0, 0.2775), abs=1e-3)
    assert share_of(10, 10)[:3] == pytest.approx((1, 0.7225, 1), abs=1e-3)


@pytest.mark.parametrize(("p_value", "state"), [(0.2, State.UNKNOWN), (0.001, State.GOOD)])
def test_the_corrected_test_decides_and_says_how_many_examples_would(p_value, state):
    result, answers = evaluation({"base": 90, "tuned": 100, "nearest": 40}, 120, short=False, above=CLEARLY)
    tested = Difference(
        value=0.06, low=0.01, high=0.12, p_value=p_value / 2, corrected_p_value=p_value, examples=120, spread=0.35
    )
    result.differences["tuned"]["base"]["rougeL"] = tested
    verdict = judged(result, answers)
    assert verdict.state is state
    if state is State.UNKNOWN:
        assert "not told apart from the base model" in verdict.sentence
        assert re.search(r"Bring about \d[\d,]+ more examples", verdict.advice)
