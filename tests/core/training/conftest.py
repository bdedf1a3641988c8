"""A spec that trains the tiny model on a small dataset in a few steps, and a reporter for it."""

import pytest

from tests.core.training.runs import Recorder, small_spec


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def spec(tiny_model, tmp_path):
    return small_spec(tiny_model, tmp_path)
