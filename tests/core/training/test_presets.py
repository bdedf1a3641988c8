"""Every preset is a spec that can be asked for."""

import pytest

from core.jobs import TrainSpec
from core.training.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_makes_a_valid_spec(name):
    spec = TrainSpec(name="run", output_dir="/tmp/run", dataset="/tmp/data", **PRESETS[name])
    assert all(getattr(spec, field) == value for field, value in PRESETS[name].items())
