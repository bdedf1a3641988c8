"""Every preset is a valid spec."""

import pytest

from core.specs import TrainSpec
from core.training.presets import PRESETS, presets_for, settings_for


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_makes_a_valid_spec(name):
    spec = TrainSpec(name="run", output_dir="/tmp/run", dataset="/tmp/data", **PRESETS[name])
    assert all(getattr(spec, field) == value for field, value in PRESETS[name].items())


@pytest.mark.parametrize(
    ("examples", "epochs", "batch_size"),
    [(8, 30, 2), (80, 6, 2), (200, 3, 2), (320, 3, 4), (100_000, 3, 4), (None, 3, 4)],
)
def test_few_examples_are_seen_more_often_and_in_smaller_batches(examples, epochs, batch_size):
    found = settings_for("smollm2-135m", examples)
    assert (found["epochs"], found["batch_size"]) == (epochs, batch_size)
    assert found | PRESETS["smollm2-135m"] == PRESETS["smollm2-135m"]
    assert settings_for("quick", examples) == PRESETS["quick"]


def test_a_models_own_preset_comes_first():
    assert presets_for("starter") == ["starter"]
    assert presets_for("smollm2-135m")[0] == "smollm2-135m"
    assert "smollm2-135m" not in presets_for("org/other") and presets_for("org/other")
