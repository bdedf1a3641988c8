"""Every preset is a spec that can be asked for."""

import pytest

from core.jobs import TrainSpec
from core.training.presets import PRESETS, epochs_for, presets_for


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_makes_a_valid_spec(name):
    spec = TrainSpec(name="run", output_dir="/tmp/run", dataset="/tmp/data", **PRESETS[name])
    assert all(getattr(spec, field) == value for field, value in PRESETS[name].items())


@pytest.mark.parametrize(("examples", "epochs"), [(8, 30), (80, 12), (1000, 3), (100_000, 3), (None, 3)])
def test_few_examples_are_seen_more_often(examples, epochs):
    assert epochs_for("smollm2-135m", examples) == epochs
    assert epochs_for("quick", examples) == 1


def test_a_models_own_preset_comes_first():
    assert presets_for("starter") == ["starter"]
    assert presets_for("smollm2-135m")[0] == "smollm2-135m"
    assert "smollm2-135m" not in presets_for("org/other") and presets_for("org/other")
