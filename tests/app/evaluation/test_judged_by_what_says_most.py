"""Verdicts go by the metric that says most about the answers: matches for programs, bits per byte for plain text."""

import pytest

from app.evaluation.verdict import State
from core.specs.results.evaluate import Difference
from tests.app.evaluation.test_judge_evaluation import difference, evaluation, judged, score, scored


def answered_by_programs(metric: str, right: int) -> tuple:
    """100 answers of which this many are right by `metric`, though all share nine words of ten with the reference."""
    result, answers = evaluation({"base": 0, "tuned": 100, "nearest": 0}, 100, short=False)
    for number, row in enumerate(answers):
        for role, scores in row.scores.items():
            scores |= {metric: float(role == "tuned" and number < right), "accuracy": 0.0, "f1": 0.9}
    for role, card in result.scorecards.items():
        card[metric] = score(right / 100 if role == "tuned" else 0.0)
    above = difference(right / 100, right / 100 - 0.1, right / 100 + 0.1)
    words = difference(0.7, 0.6, 0.8)
    told = {other: {metric: above, "rougeL": words} for other in ("base", "nearest")}
    return result.model_copy(update={"telling": [metric], "differences": {"tuned": told}}), answers


@pytest.mark.parametrize("metric", ["tool_call_match", "json_match", "number_match"])
@pytest.mark.parametrize(("right", "state"), [(0, State.BAD), (60, State.DOUBTFUL), (95, State.GOOD)])
def test_answers_for_programs_are_right_or_wrong_whatever_words_they_share(metric, right, state):
    verdict = judged(*answered_by_programs(metric, right))
    assert verdict.state is state
    assert f"{right} of 100 right" in verdict.sentence and "close" not in verdict.sentence


def test_tool_calls_are_counted_where_tools_are_offered():
    result, answers = answered_by_programs("tool_call_match", 60)
    for row in answers[80:]:
        for scores in row.scores.values():
            del scores["tool_call_match"]
    result.scorecards["tuned"]["tool_call_match"] = score(60 / 80)
    assert "60 of 80 right" in judged(result, answers).sentence


@pytest.mark.parametrize(("low", "state"), [(0.62, State.GOOD), (0.41, State.DOUBTFUL)])
def test_close_answers_have_the_interval_of_their_metric_which_knows_of_documents(low, state):
    """Of 200 answers 140 are close: what that says of other questions depends on how they belong together."""
    above = dict.fromkeys(("base", "nearest"), (0.5, 0.4, 0.6))
    result, answers = evaluation({"base": 0, "tuned": 140, "nearest": 0}, 200, short=False, above=above)
    result.scorecards["tuned"]["close"] = score(0.7, low, 0.8)
    for found in (answers, []):  # with predictions.json, and once it is gone
        verdict = judged(result, found)
        assert verdict.state is state and "140 of 200 right or close" in verdict.sentence


@pytest.mark.parametrize(
    ("value", "p_value", "state", "words"),
    [
        (-0.4, 0.001, State.GOOD, "it predicts such text better than Plain."),
        (0.4, 0.001, State.BAD, "Plain predicts such text better."),
        (0.4, 0.3, State.DOUBTFUL, "not told apart from Plain."),
    ],
)
def test_plain_text_is_compared_with_the_reference_by_name_in_bits_per_byte(value, p_value, state, words):
    """Perplexity counts tokens: those of two models may be as different as 5 and 60 here."""
    cards = {
        "Plain": {"bits_per_byte": score(1.2, 1.1, 1.3), "perplexity": score(60, 55, 65)},
        "Mine": {"bits_per_byte": score(1.2 + value, 1.1 + value, 1.3 + value), "perplexity": score(5, 4, 6)},
    }
    tested = Difference(value=value, low=value - 0.1, high=value + 0.1, p_value=p_value, corrected_p_value=p_value)
    result = scored(cards, {}, 50, telling=["bits_per_byte", "perplexity", "token_accuracy"])
    result = result.model_copy(
        update={"reference": "Plain", "differences": {"Mine": {"Plain": {"bits_per_byte": tested}}}}
    )
    verdict = judged(result)
    assert verdict.state is state and verdict.sentence.endswith(words) and "Bits per byte" in verdict.sentence
