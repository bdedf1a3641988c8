"""A checkpoint with a truncated file is never resumed from: the one before it is, and an event says so."""

import shutil

import pytest

from core.training.run.resuming import starting_point
from core.training.train import train
from tests.core.training.runs import Recorder, changed
from tests.faults.conftest import TOTAL_STEPS


@pytest.fixture
def two_checkpoints(training):
    """The spec of a run that has left two whole checkpoints, of steps 2 and 4."""
    spec = changed(training, epochs=4 / TOTAL_STEPS, save_steps=2, eval_steps=100)
    train(spec, Recorder())
    return spec


def test_a_torn_checkpoint_is_never_resumed_from(two_checkpoints, tmp_path):
    output_dir = tmp_path / "workspace/runs/ill"
    newest, kept = output_dir / "checkpoint-4", tmp_path / "checkpoint-4"
    shutil.copytree(newest, kept)
    assert starting_point(two_checkpoints, Recorder())[0] == newest
    for path in sorted(file for file in kept.rglob("*") if file.is_file()):
        whole = path.read_bytes()
        for length in {0, 1, len(whole) // 2, len(whole) - 1} - {len(whole)}:
            (newest / path.relative_to(kept)).write_bytes(whole[:length])
            recorder = Recorder()
            start, state = starting_point(two_checkpoints, recorder)
            assert (start, state.step) == (output_dir / "checkpoint-2", 2), f"{path.name} cut at {length}"
            assert any("checkpoint-4 is corrupt" in line for line in recorder.events)
            assert not newest.exists()
            shutil.copytree(kept, newest)
    assert starting_point(two_checkpoints, Recorder())[0] == newest
