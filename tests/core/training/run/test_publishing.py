"""A merge that fails never costs a finished run: it succeeds with its adapter and says why it was not merged."""

import errno
import gc
import shutil
from pathlib import Path

import pytest
import torch

from core.errors import DiskFullError
from core.models.loading import load_model
from core.models.references import locate
from core.training.run import publishing
from core.training.train import train
from tests.core.training.runs import Recorder, small_spec


@pytest.fixture(scope="module")
def models_in_memory():
    """How many models there were before the run, and when it merged."""
    return []


@pytest.fixture(scope="module")
def finished(tiny_model, tmp_path_factory, models_in_memory):
    """The spec of a run that has ended."""
    real = publishing.merge

    def counting(*args, **kwargs):
        models_in_memory.append(count_models())
        return real(*args, **kwargs)

    spec = small_spec(tiny_model, tmp_path_factory.mktemp("finished"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publishing, "merge", counting)
        models_in_memory.append(count_models())
        train(spec)
    return spec


def count_models() -> int:
    gc.collect()
    return sum(issubclass(type(found), torch.nn.Embedding) for found in gc.get_objects())


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


def test_the_trained_model_is_gone_before_its_adapter_is_merged(finished, models_in_memory):
    before, when_merging = models_in_memory
    assert when_merging == before


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
)
def test_a_merge_without_enough_memory_says_so(not_merged, recorder, monkeypatch, error):
    def too_large(*_, **__):
        raise error

    monkeypatch.setattr(publishing, "merge", too_large)
    result = train(not_merged, recorder)
    assert result.merge.refused.startswith("Memory ran out while merging")
    assert "close other programs" in recorder.events[-1]


def test_a_merge_that_got_its_process_killed_is_not_tried_again(not_merged, recorder, monkeypatch):
    monkeypatch.setattr(publishing, "merge", None)  # calling it would fail in other words
    recorder.memory_deaths = 1
    result = train(not_merged, recorder)
    assert result.merge.refused == "Memory ran out while merging: the kernel killed the process."
    assert result.merged_model is None and load_model(locate(result.adapter))
    assert [event for event in recorder.events if "erg" in event] == [
        f"Not merged. {result.merge.refused} The adapter is intact and works on its base. Exporting it merges it "
        "again: close other programs first."
    ]


def test_a_full_disk_holds_the_run_until_there_is_room(not_merged, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "merge", full)
        with pytest.raises(DiskFullError):
            train(not_merged)
    result = train(not_merged, Recorder())
    assert result.merge.method == "dequantized" and Path(result.merged_model, "model.safetensors").exists()
