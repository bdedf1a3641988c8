"""A run is judged by its validation losses, and never called good where they say otherwise."""

import pytest

from app.evaluation.verdict import State
from app.training.judge_run import judge_run
from core.specs.results.train import TrainResult

KEPT_BEST, KEPT_LAST = {"keep": "best"}, {"keep": "last"}


def losses(first, best, last, best_step=160, steps=160) -> TrainResult:
    values = {
        "first_validation_loss": first, "best_validation_loss": best, "last_validation_loss": last,
        "best_step": best_step, "steps": steps,
    }  # fmt: skip
    return TrainResult.read(values, "run")


@pytest.mark.parametrize(
    ("result", "spec", "state", "words"),
    [
        (losses(4.3, 2.8, 2.8), KEPT_BEST, State.GOOD, "fell from 4.3 to 2.8"),
        (losses(4.3, 0.0001, 0.0003, 80), KEPT_BEST, State.GOOD, "fell from 4.3 to 0.0001"),
        (losses(4.3, 2.8, 3.4, 80), KEPT_BEST, State.DOUBTFUL, "Overfitting: best at step 80 of 160"),
        (losses(4.3, 2.8, 3.4, 80), KEPT_LAST, State.UNKNOWN, "The last step is kept"),
        (losses(4.3, 2.8, 2.82, 80), KEPT_BEST, State.GOOD, "best at step 80"),
        (losses(2.3, 2.4, 2.6, 20), KEPT_BEST, State.BAD, "never fell below its starting value of 2.3"),
        (losses(2.3, 2.25, 2.25), KEPT_BEST, State.DOUBTFUL, "Hardly learned"),
        (losses(None, None, None, None), KEPT_BEST, State.UNKNOWN, "without validation examples"),
        (losses(2.3, 2.2, float("nan"), 20), KEPT_BEST, State.BAD, "diverged"),
        (losses(2.3, None, None, None), KEPT_BEST, State.BAD, "diverged"),
    ],
)
def test_a_run_is_judged_by_its_losses(result, spec, state, words):
    verdict = judge_run(result, spec)
    assert verdict.state is state and words in verdict.sentence


@pytest.mark.parametrize("spec", [KEPT_BEST, KEPT_LAST])
def test_an_overfitted_run_is_not_told_to_train_longer(spec):
    assert "more epochs" not in judge_run(losses(4.3, 2.8, 3.4, 80), spec).advice
    assert "more epochs" in judge_run(losses(4.3, 2.8, 2.8), spec).advice
    assert "Evaluate it: the answers decide" in judge_run(losses(4.3, 2.8, 3.4, 80), KEPT_LAST).advice


def test_a_run_with_few_validation_examples_names_a_sufficient_number():
    assert judge_run(losses(4.3, 2.8, 2.8), KEPT_BEST, 10).notes == ("10 unseen examples say little: use about 100.",)
    assert judge_run(losses(4.3, 2.8, 2.8), KEPT_BEST, 1).notes == ("1 unseen example says little: use about 100.",)
    assert judge_run(losses(4.3, 2.8, 2.8), KEPT_BEST, 50).notes == ()


@pytest.mark.parametrize(
    ("result", "state", "words"),
    [
        (losses(-0.2, -0.8, -0.7, 80), State.GOOD, "unseen examples rose from 0.20 to 0.80, best at step 80"),
        (losses(-0.2, -0.2, -0.1), State.BAD, "never rose above its starting value of 0.20"),
    ],
)
def test_a_run_that_learns_from_rewards_is_judged_by_them(result, state, words):
    verdict = judge_run(result, KEPT_BEST | {"method": "grpo"})
    assert verdict.state is state and words in verdict.sentence
