"""A plan of a sweep: what it varies, and the runs that follow from it."""

import pytest
from pydantic import ValidationError

from core.errors import InputError
from core.training.sweep import Range, SweepPlan, can_vary, parse_values


def test_a_grid_is_every_combination_once():
    plan = SweepPlan(vary={"lora_r": (8, 16, 8), "learning_rate": (1e-4, 3e-4)})
    assert plan.combinations() == 4
    assert plan.points() == [
        {"lora_r": r, "learning_rate": rate} for r in (8, 16) for rate in (1e-4, 3e-4)
    ]  # fmt: skip


def test_random_runs_are_different_within_their_ranges_and_repeatable():
    plan = SweepPlan(vary={"learning_rate": Range(low=1e-5, high=1e-2), "lora_r": (4, 8)}, runs=60)
    points = plan.points()
    assert len({tuple(point.values()) for point in points}) == 60 and points == plan.points()
    rates = sorted(point["learning_rate"] for point in points)
    assert rates[0] >= 1e-5 and rates[-1] <= 1e-2
    assert rates[30] < 2e-3, "by order of magnitude: half of them below the geometric middle, roughly"
    assert points != plan.model_copy(update={"seed": 1}).points()
    few = SweepPlan(vary={"lora_r": Range(low=1, high=3, whole=True)}, runs=50)
    assert sorted(point["lora_r"] for point in few.points()) == [1, 2, 3]
    assert len(SweepPlan(vary={"lora_r": (1, 2, 3), "seed": (1, 2)}, runs=5).points()) == 5


def test_a_grid_over_a_range_or_without_end_is_refused():
    with pytest.raises(ValidationError, match="say how many runs to draw"):
        SweepPlan(vary={"learning_rate": Range(low=1e-5, high=1e-3)})
    with pytest.raises(ValidationError, match="more than 1,000"):
        SweepPlan(vary={"seed": tuple(range(40)), "lora_r": tuple(range(1, 41))})


def test_values_are_read_as_their_field_has_them():
    assert parse_values("learning_rate", "1e-4, 3e-4") == (1e-4, 3e-4)
    assert parse_values("lora_r", "8,16") == (8, 16)
    assert parse_values("lora_r", "4..64") == Range(low=4, high=64, whole=True)
    assert parse_values("learning_rate", "1e-5..1e-3") == Range(low=1e-5, high=1e-3)
    assert parse_values("load_in_4bit", "true, false") == (True, False)
    assert parse_values("lr_scheduler", "cosine, linear") == ("cosine", "linear")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("learning_rate", "fast", "learning_rate"),
        ("learning_rate", "-1", "greater than 0"),
        ("lora_r", "1.5", "integer"),
        ("lora_r", "", "lora_r"),
        ("lora_r", "8..4", "below the second"),
        ("lr_scheduler", "sideways", "lr_scheduler"),
        ("lr_scheduler", "cosine..linear", "lr_scheduler"),
        ("output_dir", "/tmp", "cannot be varied"),
        ("lora_targets", "q_proj", "cannot be varied"),
        ("nonsense", "1", "cannot be varied"),
    ],
)
def test_what_cannot_be_used_is_named(field, text, words):
    with pytest.raises(InputError) as raised:
        parse_values(field, text)
    assert words in raised.value.message and raised.value.remedy


def test_numbers_switches_and_choices_can_be_varied():
    assert all(map(can_vary, ("learning_rate", "lora_r", "load_in_4bit", "keep", "seed")))
    assert not any(map(can_vary, ("name", "model", "dataset", "artifact_ids", "lora_targets")))
