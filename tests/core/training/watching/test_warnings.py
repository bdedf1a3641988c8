"""Warnings come from what a run reported, neither from noise nor from a run that is doing well."""

import random
from math import exp

import pytest

from core.specs import TrainSpec
from core.training.watching.warnings import masked, other_device, warnings_in

SPEC = TrainSpec(name="run", output_dir="/runs/run", dataset="/a")
STEPS = 200


def _series(**functions) -> dict:
    return {name: [(step, function(step)) for step in range(1, STEPS + 1)] for name, function in functions.items()}


def _noisy(mean: float, spread: float = 0.1, seed: int = 0):
    drawn = random.Random(seed)
    return lambda step: mean * (1 + drawn.uniform(-spread, spread))


def _falling(step: int) -> float:
    return 1 + 2 * exp(-step / 60)


def _names(series: dict, total: int = STEPS, **changed) -> list[str]:
    spec = TrainSpec(**(SPEC.model_dump() | changed))
    found = list(warnings_in(series, spec, total))
    assert all(one.message and one.remedy for one in found)
    return [one.name for one in found]


def test_a_run_that_learns_gets_no_warning():
    drawn = random.Random(0)
    series = _series(
        loss=lambda step: _falling(step) * drawn.uniform(0.7, 1.3),
        grad_norm=_noisy(1.0, 0.9),
        tokens_per_second=_noisy(900, 0.5),
    )
    series["eval_loss"] = [(step, _falling(step)) for step in range(0, STEPS + 1, 20)]
    assert _names(series) == []


def test_nothing_is_said_before_there_is_anything_to_see():
    assert _names({}) == []
    assert _names({"loss": [(1, 3.0)], "eval_loss": [(0, 3.0)], "grad_norm": [(1, 1.0)]}) == []


def test_a_flat_loss():
    assert _names(_series(loss=_noisy(2.5, 0.03))) == ["flat"]
    assert _names(_series(loss=_noisy(2.5, 0.03)), total=2000) == []  # too early to tell
    assert _names(_series(loss=_noisy(0.01))) == []  # nothing left to learn


def test_a_noisy_loss_is_not_flat_where_the_validation_loss_falls():
    series = _series(loss=_noisy(2.5, 0.4))
    series["eval_loss"] = [(0, 2.6), (100, 2.5), (200, 2.4)]
    assert _names(series) == []


@pytest.mark.parametrize(
    ("validation", "warned"),
    [
        ([3.0, 2.0, 1.5, 1.4, 1.6], False),  # one rise may be noise
        ([3.0, 2.0, 1.5, 1.6, 1.7], True),
        ([3.0, 2.0, 1.5, 1.6, 1.4], False),
        ([3.0, 2.0, 1.5, 1.505, 1.504], False),  # within noise
        ([0.1, 0.002, 0.001, 0.002, 0.003], False),  # three times nearly nothing
    ],
)
def test_a_rising_validation_loss(validation, warned):
    series = _series(loss=_falling) | {"eval_loss": [(place * 50, loss) for place, loss in enumerate(validation)]}
    assert _names(series) == ["overfitting"] * warned


def test_what_to_do_about_overfitting_depends_on_what_is_kept():
    series = _series(loss=_falling) | {"eval_loss": [(0, 3.0), (50, 1.5), (100, 1.6), (150, 1.7)]}
    [keeping_best] = warnings_in(series, SPEC, STEPS)
    assert "step 50" in keeping_best.message and "Stop now: step 50 is kept." in keeping_best.remedy
    [keeping_last] = warnings_in(series, TrainSpec(**(SPEC.model_dump() | {"keep": "last"})), STEPS)
    assert "sample answers" in keeping_last.remedy


def test_both_losses_rising_is_not_called_overfitting():
    series = _series(loss=lambda step: 1 + step / 50)
    series["eval_loss"] = [(0, 3.0), (50, 1.5), (100, 1.6), (150, 1.7)]
    assert "overfitting" not in _names(series)


def test_exploding_gradients_but_not_a_single_spike():
    quiet = _noisy(0.5)
    assert _names(_series(grad_norm=lambda step: 50.0 if step > STEPS - 4 else quiet(step))) == ["exploding"]
    assert _names(_series(grad_norm=lambda step: 50.0 if step == STEPS else quiet(step))) == []
    assert _names(_series(grad_norm=lambda step: 0.9 if step > STEPS - 4 else 0.01)) == []  # below what is clipped


def test_a_drop_in_speed_but_not_a_slow_start():
    assert _names(_series(tokens_per_second=lambda step: 300.0 if step > STEPS - 9 else 900.0)) == ["slowed"]
    assert _names(_series(tokens_per_second=lambda step: 100.0 if step < 5 else 900.0)) == []


def test_most_tokens_masked():
    assert "5.0%" in masked(50, 1000).message
    assert masked(500, 1000) is None


def test_a_cpu_where_a_gpu_was_forecast():
    assert other_device("cpu", 8 << 30).name == "device"
    assert other_device("cpu", 0) is None and other_device("cuda", 8 << 30) is None


def test_answers_that_all_earn_the_same_teach_nothing():
    rewarded = {"method": "grpo", "rewards": ("ends",)}
    flat = _series(loss=lambda step: 0.1, alike=lambda step: 1.0)
    assert _names(flat, **rewarded) == ["alike"]
    assert _names(_series(loss=lambda step: 0.1, alike=_noisy(0.5)), **rewarded) == []
