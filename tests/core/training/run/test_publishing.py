"""A run publishes its best adapter or its last; a failed merge never costs it, and it says why it was not merged."""

import errno
import gc
import shutil
from pathlib import Path

import pytest
import torch

from core.errors import DiskFullError
from core.models.folder_safety import ADAPTER_WEIGHTS
from core.models.loading import load_model
from core.models.references import locate
from core.training.objectives import supervised
from core.training.run import publishing
from core.training.train import train
from tests.core.training.runs import Recorder, changed, small_spec


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


@pytest.fixture
def best_step(recorder, monkeypatch):
    """A step that validates best, whatever the weights: the further a step is from it, the higher its loss."""
    real, best = supervised.answer_loss, 2

    def best_early(model, batch):
        loss, hits = real(model, batch)
        away = 0 if torch.is_grad_enabled() else abs(len(recorder.steps_of("loss")) - best)
        return loss * (1 + away), hits

    monkeypatch.setattr(supervised, "answer_loss", best_early)
    return best


def test_the_best_checkpoint_survives_rotation_and_becomes_final(spec, recorder, best_step):
    result = train(changed(spec, save_steps=1, eval_steps=1, save_total_limit=2), recorder)
    assert (result.best_step, result.best_validation_loss) == (best_step, recorder.steps_of("eval_loss")[best_step])
    output_dir = Path(spec.output_dir)
    assert {path.name for path in output_dir.glob("checkpoint-*")} == {
        f"checkpoint-{best_step}",
        "checkpoint-5",
        "checkpoint-6",
    }
    final, best = output_dir / "final", output_dir / f"checkpoint-{best_step}"
    assert (final / ADAPTER_WEIGHTS).read_bytes() == (best / ADAPTER_WEIGHTS).read_bytes()


def test_the_last_adapter_is_kept_on_request(spec, recorder, best_step):
    result = train(changed(spec, keep="last", eval_steps=1, merge_adapters=False), recorder)
    assert (result.kept_step, result.best_step) == (6, best_step)
    final, last = (Path(spec.output_dir) / name / ADAPTER_WEIGHTS for name in ("final", "checkpoint-6"))
    assert final.read_bytes() == last.read_bytes()
    assert any("The adapter of step 6 of 6 is kept" in event for event in recorder.events)
