"""A merge that fails never costs a finished run: it succeeds with its adapter and says why it was not merged."""

import errno
import shutil
from pathlib import Path

import pytest

from core.errors import DiskFullError
from core.models.loading import load_model
from core.models.references import locate
from core.training.run import publishing
from core.training.train import train
from tests.core.training.runs import Recorder, small_spec


@pytest.fixture(scope="module")
def finished(tiny_model, tmp_path_factory):
    """The spec of a run that has ended."""
    spec = small_spec(tiny_model, tmp_path_factory.mktemp("finished"))
    train(spec)
    return spec


@pytest.fixture
def not_merged(finished):
    """The same run, which died before merging."""
    shutil.rmtree(Path(finished.output_dir) / "merged_model", ignore_errors=True)
    return finished


def test_a_failed_merge_never_costs_a_finished_run(not_merged, recorder, monkeypatch):
    from peft.tuners.lora.layer import Linear

    def broken(*_):
        raise RuntimeError("no such kernel")

    def infinite(*_):
        return float("inf")

    for delta, words in ((broken, "no such kernel"), (infinite, "become infinite or NaN")):
        with monkeypatch.context() as patched:
            patched.setattr(Linear, "get_delta_weight", delta)
            result = train(not_merged, recorder)
        assert result.merged_model is None and words in result.merge.refused
        assert any(event.startswith("Not merged.") and words in event for event in recorder.events)
        assert load_model(locate(result.adapter))
        assert not list(Path(not_merged.output_dir).glob("*merged_model*"))


def test_a_full_disk_holds_the_run_until_there_is_room(not_merged, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "merge", full)
        with pytest.raises(DiskFullError):
            train(not_merged)
    result = train(not_merged, Recorder())
    assert result.merge.method == "dequantized" and Path(result.merged_model, "model.safetensors").exists()
