"""What tuning cost, in numbers and words: lost, gained, nothing that the set can see, and what was not measured."""

import numpy as np
import pytest

from core.evaluation.engines.scored_model import AnswerLoss
from core.evaluation.general.asking import GeneralAnswers, choice_examples, judged, written_examples
from core.evaluation.general.comparing import forgetting_of, general_predictions
from core.evaluation.general.general_set import general_items
from core.evaluation.general.items import Field
from core.inference.engine import Answered
from core.specs.results.forgetting import ALL_FIELDS

FIELD = np.array([item.field.value for item in general_items()])


def said(right: np.ndarray, unmeasured: str = "") -> GeneralAnswers:
    return GeneralAnswers(right, ["said"] * len(right), unmeasured)


@pytest.fixture
def base() -> np.ndarray:
    """Right on three of four questions."""
    return np.array([float(place % 4 != 0) for place in range(len(FIELD))])


def test_a_lost_field_is_named_with_its_figures(base):
    tuned = base.copy()
    tuned[np.flatnonzero((FIELD == "arithmetic") & (base == 1))[:17]] = 0
    found = forgetting_of({"base": said(base), "tuned": said(tuned)}, {"tuned": "base"}, "base", 1)
    lost = found.differences["tuned"]["arithmetic"]
    assert lost.value == pytest.approx(-17 / 80) and lost.high < 0 and lost.corrected_p_value < 0.05
    assert found.verdicts["tuned"] == "lost arithmetic: 60 → 43 of 80, −21 points [−30, −12]"
    assert lost.method.startswith("McNemar") and lost.correction == 7  # six fields, and all together
    assert (found.scores["tuned"]["arithmetic"].right, found.scores["tuned"]["arithmetic"].count) == (43, 80)


def test_what_is_no_base_is_called_by_its_name(base):
    worse = np.where(FIELD == "arithmetic", 0.0, base)
    models = {"base": said(base), "other": said(worse), "copy": said(base.copy())}
    found = forgetting_of(models, {}, "base", 1)
    assert found.verdicts["other"].startswith("worse than base at arithmetic: 60 → 0 of 80, −75 points [")
    assert found.verdicts["copy"].startswith(
        "no worse than base, as far as this set can see: 315 → 315 of 420, 0 points"
    )
    assert "a difference of more than 3 points" in found.verdicts["copy"] and found.bases["other"] == "base"
    assert not any("los" in verdict for verdict in found.verdicts.values())


def test_a_copy_has_lost_nothing_and_it_is_said_what_would_have_shown(base):
    found = forgetting_of({"base": said(base), "copy": said(base.copy())}, {"copy": "base"}, "base", 1)
    assert all(one.value == 0 and one.p_value == 1 for one in found.differences["copy"].values())
    verdict = found.verdicts["copy"]
    assert verdict.startswith("nothing lost that this set can see: 315 → 315 of 420, 0 points [")
    assert "a loss of more than 3 points in all, or of more than" in verdict and verdict.endswith("would have shown")


def test_what_was_gained_is_told_beside_what_was_not_lost(base):
    better = np.where(FIELD == "following instructions", 1.0, base)
    found = forgetting_of({"base": said(base), "tuned": said(better)}, {"tuned": "base"}, "base", 1)
    assert found.verdicts["tuned"].startswith("gained following instructions: 60 → 80 of 80, +25 points [")
    assert "nothing lost that this set can see" in found.verdicts["tuned"]


def test_of_equal_models_hardly_any_loses_something():
    chance = np.random.default_rng(3)
    wrongly = 0
    for _ in range(60):
        share = chance.uniform(0.2, 0.9, len(FIELD))
        models = {name: said((chance.random(len(FIELD)) < share).astype(float)) for name in ("base", "tuned")}
        verdict = forgetting_of(models, {"tuned": "base"}, "base", 1).verdicts["tuned"]
        wrongly += "lost " in verdict.replace("nothing lost", "")
    assert wrongly <= 6


def test_multiple_choice_goes_by_the_likelihood_per_character_and_ties_count_as_wrong():
    examples, written = choice_examples(), written_examples()
    assert len(examples) == 640 and len(written) == 260
    answers = [Answered(example["output"], True) for example in written]
    # A nat a character, but half of it for the first choice of each item, which is the right one.
    losses = [
        AnswerLoss(len(example["output"]) * (0.5 if place % 4 == 0 else 1), 3, 0)
        for place, example in enumerate(examples)
    ]
    assert judged(losses, answers).right.tolist() == [1.0] * 420
    undecided = judged([AnswerLoss(len(one["output"]), 3, 0) for one in examples], answers).right
    assert np.isin(FIELD[undecided == 0], ["language", "common sense"]).all() and (undecided == 0).sum() == 160


def test_what_an_api_does_not_tell_is_missing_and_said(base):
    answers = [Answered(example["output"], True) for example in written_examples()]
    answers[0] = Answered("", False, "content filter")
    theirs = judged(None, answers)
    found = forgetting_of({"base": said(base), "theirs": theirs}, {"theirs": "base"}, "base", 1)
    assert "language" not in found.scores["theirs"] and "common sense" not in found.differences["theirs"]
    assert found.scores["theirs"]["arithmetic"].count == 79 and found.scores["theirs"][ALL_FIELDS].count == 259
    assert "does not tell how likely" in found.unmeasured["theirs"]
    assert "would not answer 1 of 260 questions" in found.unmeasured["theirs"]
    rows = general_predictions({"base": said(base), "theirs": theirs})
    assert [row.topic for row in rows] == FIELD.tolist() and {row.split for row in rows} == {"general ability"}
    assert rows[0].topic == Field.LANGUAGE and set(rows[0].predictions) == {"base"} and rows[0].scores["theirs"] == {}
    assert "– " in "\n".join(found.lines()) and "theirs: An API" in "\n".join(found.lines())


def test_a_model_without_a_base_here_has_scores_only(base):
    found = forgetting_of({"alone": said(base)}, {}, "base", 1)
    assert found.verdicts == {} and found.scores["alone"][ALL_FIELDS].right == 315
