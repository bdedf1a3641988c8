"""The gate: every kind of condition on both sides of its threshold, and what cannot be told."""

import numpy as np
import pytest

from core.errors import InputError
from core.evaluation.gate.gate import State, check
from core.evaluation.gate.thresholds import read_thresholds
from core.evaluation.statistics.paired import paired_difference
from core.specs.results.evaluate import Score
from tests.reported import an_evaluation, drawn, of_scores, rows_of

SHARES = {"Base": 0.3, "Mine": 0.7, "q4_0": 0.69, "Copy": 0.3}


@pytest.fixture(scope="module")
def evaluation():
    scores = drawn(SHARES, 200)
    validation = of_scores(drawn(SHARES, 40, seed=1), "Base")
    result, rows = an_evaluation(scores, "Base", {"q4_0": "gguf"}, other_splits={"validation": validation})
    return result, rows + rows_of(drawn(SHARES, 40, seed=1), "validation")


def outcome(evaluation, text: str):
    result, rows = evaluation
    return check(result, read_thresholds(text, "gate.yaml"), lambda: iter(rows))


def one(evaluation, **condition):
    fields = ", ".join(f"{name}: {value}" for name, value in {"model": "Mine", "metric": "rougeL", **condition}.items())
    [found] = outcome(evaluation, f"conditions: [{{{fields}}}]").checks
    return found


def test_a_score_is_held_to_its_value_or_to_the_end_of_its_interval(evaluation):
    score = evaluation[0].scorecards["Mine"]["accuracy"]
    between = (score.low + score.value) / 2
    assert one(evaluation, metric="accuracy", at_least=between).state is State.PASSED
    assert one(evaluation, metric="accuracy", at_least=between, by="interval").state is State.FAILED
    assert one(evaluation, metric="accuracy", at_least=score.low, by="interval").state is State.PASSED
    assert one(evaluation, metric="loss", at_most=0.0).state is State.FAILED
    assert one(evaluation, metric="loss", at_most=5, by="interval").state is State.PASSED
    told = one(evaluation, metric="accuracy", at_least=0.99)
    assert told.condition == "Mine, Right on test at least 99.0 %"
    assert told.why == f"{100 * score.value:.1f} % (95 % interval {100 * score.low:.1f} to {100 * score.high:.1f} %)"


def test_a_figure_that_prints_like_its_bound_is_told_with_more_digits(evaluation):
    result, rows = evaluation
    cards = result.scorecards | {"Mine": result.scorecards["Mine"] | {"accuracy": Score(value=0.9996)}}
    almost = result.model_copy(update={"scorecards": cards})
    missed = one((almost, rows), metric="accuracy", at_least=1)
    assert missed.state is State.FAILED and missed.why.endswith("; exactly 0.9996 against 1")
    assert "exactly" not in one((almost, rows), metric="accuracy", at_least=0.9).why
    low = evaluation[0].differences["Copy"]["Base"]["rougeL"].low
    assert "; exactly " in one(evaluation, model="Copy", not_worse_than="Base", margin=-low - 1e-6).why


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_loss_that_is_not_finite_cannot_be_told(evaluation, value):
    result, rows = evaluation
    cards = result.scorecards | {"Mine": result.scorecards["Mine"] | {"loss": Score(value=value)}}
    for bound in ({"at_least": 1}, {"at_most": 1}):
        found = one((result.model_copy(update={"scorecards": cards}), rows), metric="loss", **bound)
        assert found.state is State.UNKNOWN and "not finite" in found.why


def test_better_takes_a_difference_that_is_told_apart_on_the_right_side(evaluation):
    assert one(evaluation, better_than="Base").state is State.PASSED
    assert one(evaluation, model="Base", better_than="Mine").state is State.FAILED
    copy = one(evaluation, model="Copy", better_than="Base")
    assert copy.state is State.FAILED and "not told apart" in copy.why
    untested = one(evaluation, model="q4_0", better_than="Mine")
    assert untested.state is State.UNKNOWN and "against Base" in untested.why


def test_not_worse_goes_by_the_end_of_the_paired_interval(evaluation):
    above = evaluation[0].differences["Copy"]["Base"]["rougeL"]
    assert above.low <= 0 <= above.high
    enough, too_little = -above.low + 1e-6, -above.low - 1e-3
    assert one(evaluation, model="Copy", not_worse_than="Base", margin=enough).state is State.PASSED
    if too_little >= 0:
        assert one(evaluation, model="Copy", not_worse_than="Base", margin=too_little).state is State.FAILED
    assert one(evaluation, model="Base", not_worse_than="Mine", margin=0.01).state is State.FAILED
    assert one(evaluation, model="Base", not_worse_than="Mine", margin=0.99).state is State.PASSED


def test_a_gguf_is_held_to_its_source_though_the_evaluation_compared_both_with_the_base(evaluation):
    result, rows = evaluation
    scores = drawn(SHARES, 200)
    expected = paired_difference(np.array(scores["q4_0"]["rougeL"]), np.array(scores["Mine"]["rougeL"]))
    found = one(evaluation, model="q4_0", not_worse_than="Mine", margin=-expected.low + 1e-6)
    assert found.state is State.PASSED and "computed from the answers" in found.why
    assert f"({100 * expected.low:+.1f} to".replace("-", "−") in found.why.replace("95 % interval ", "")
    assert (
        one(evaluation, model="q4_0", not_worse_than="Mine", margin=max(0, -expected.low - 1e-3)).state is State.FAILED
    )
    demanded = read_thresholds("conditions: [{model: q4_0, metric: rougeL, not_worse_than: Mine, margin: 0.9}]", "g")
    gone = check(result, demanded, lambda: iter(()))
    assert gone.exit_code == 2 and "not stored any more" in gone.checks[0].why


def test_documents_count_together_there_too_where_the_answers_tell_them(evaluation):
    scores = drawn({"Base": 0.3, "Mine": 0.7, "q4_0": 0.6}, 60)
    documents = [f"document {number // 4}" for number in range(60)]
    clustered = of_scores(scores, "Base", clusters=documents)
    result, rows = an_evaluation(scores, "Base")
    result = result.model_copy(update=dict(clustered))
    assert result.differences["Mine"]["Base"]["rougeL"].clusters == 15
    found = one((result, rows), model="q4_0", not_worse_than="Mine", margin=0.5)
    assert found.state is State.UNKNOWN and "with Mine as the reference" in found.why  # as an older version left them
    rows = [row.model_copy(update={"source": document}) for row, document in zip(rows, documents, strict=True)]
    ours, theirs = (np.array(scores[name]["rougeL"]) for name in ("q4_0", "Mine"))
    expected = paired_difference(ours, theirs, documents)
    for margin, state in ((-expected.low + 1e-6, State.PASSED), (-expected.low - 1e-3, State.FAILED)):
        assert one((result, rows), model="q4_0", not_worse_than="Mine", margin=margin).state is state


def test_a_score_that_is_no_mean_over_examples_is_not_computed_from_them():
    scores = drawn({"Base": 0.3, "Mine": 0.7, "q4_0": 0.6}, 60)
    result, rows = an_evaluation(scores, "Base")
    for card in result.scorecards.values():
        card["loss"] = card["loss"].model_copy(update={"value": card["loss"].value * 1.1})
    found = one((result, rows), model="q4_0", metric="loss", not_worse_than="Mine", margin=0.5)
    assert found.state is State.UNKNOWN and "no mean over examples" in found.why


def test_lower_is_better_of_a_loss():
    scores = {name: {"rougeL": card["loss"]} for name, card in drawn({"Base": 0.3, "Mine": 0.7}, 100).items()}
    result, rows = an_evaluation(scores, "Base")
    renamed = {"Mine": {"Base": {"loss": result.differences["Mine"]["Base"]["rougeL"]}}}
    cards = {name: {"loss": card["rougeL"]} for name, card in result.scorecards.items()}
    result = result.model_copy(update={"differences": renamed, "scorecards": cards})
    assert one((result, rows), metric="loss", better_than="Base").state is State.PASSED
    assert one((result, rows), model="Base", metric="loss", better_than="Mine").state is State.FAILED
    assert one((result, rows), model="Base", metric="loss", not_worse_than="Mine", margin=0.1).state is State.FAILED
    assert one((result, rows), metric="loss", not_worse_than="Base", margin=0).state is State.PASSED


def test_examples_are_counted_on_each_split_that_is_asked_about(evaluation):
    found = outcome(evaluation, "minimum_examples: 100\nconditions:\n"
                    "- {model: Mine, metric: f1, at_least: 0}\n"
                    "- {model: Mine, metric: f1, at_least: 0, split: validation}\n")  # fmt: skip
    assert [(one.state, one.why) for one in found.checks[:2]] == [
        (State.PASSED, "200 were asked"), (State.FAILED, "40 were asked"),
    ]  # fmt: skip
    assert found.exit_code == 1 and found.checks[3].condition.startswith("Mine, Token F1 on validation")


def test_what_was_not_measured_cannot_be_told_and_a_failure_outweighs_it(evaluation):
    found = one(evaluation, metric="macro_f1", at_least=0.5)
    assert found.state is State.UNKNOWN and "not measured of Mine. The answers are not labels." in found.why
    both = "conditions:\n- {model: Mine, metric: macro_f1, at_least: 0}\n- {model: Mine, metric: f1, at_least: %s}"
    assert outcome(evaluation, both % 0).exit_code == 2
    assert outcome(evaluation, both % 1).exit_code == 1


@pytest.mark.parametrize(
    ("condition", "told", "known"),
    [
        ("model: Mien, metric: f1, at_least: 0", "line 2, model: 'Mien'", "It has: Base, Mine, q4_0, Copy."),
        (
            "model: Mine, metric: f1, better_than: Bass",
            "line 2, better_than: 'Bass'",
            "It has: Base, Mine, q4_0, Copy.",
        ),
        ("model: Mine, metric: f1, at_least: 0, split: train", "line 2, split: 'train'", "It has: test, validation."),
    ],
)
def test_unknown_names_list_the_known_ones(evaluation, condition, told, known):
    with pytest.raises(InputError) as refused:
        outcome(evaluation, f"conditions:\n- {{{condition}}}")
    assert told in refused.value.message and refused.value.remedy == known
