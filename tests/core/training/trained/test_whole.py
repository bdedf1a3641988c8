"""Full fine-tuning: all weights move, resume is exact, also after memory ran out, and the result is a model folder."""

from pathlib import Path

import pytest
import torch

from core.manifests import verify_manifest
from core.models.loading import load_model, load_tokenizer
from core.models.references import locate
from core.training.objectives import supervised
from core.training.train import train
from tests.core.training.runs import Recorder, changed, small_spec


class Killed(BaseException):
    """Simulates a SIGKILL: no code of ours catches it."""


@pytest.fixture
def small_memory(monkeypatch):
    """From the second step on, memory is too small for two examples at a time; a run can be made to die."""
    real, passes = supervised.answer_loss, []

    def limited(model, batch):
        if model.training:
            passes.append(len(batch.inputs["segments"]))
            if len(passes) == limited.dies_at:
                raise Killed
            if len(passes) > 2 and passes[-1] > 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")
        return real(model, batch)

    def dying_at(number: int | None):
        passes.clear()
        limited.dies_at = number

    dying_at(None)
    monkeypatch.setattr(supervised, "answer_loss", limited)
    return dying_at


def test_full_fine_tuning_resumes_exactly_with_the_batches_that_fit(tiny_model, tmp_path, small_memory):
    specs = []
    for name in ("straight", "killed"):
        (tmp_path / name).mkdir()
        specs.append(changed(small_spec(tiny_model, tmp_path / name), tuning="full", load_in_4bit=False))
    straight, killed = (changed(spec, dataset=specs[0].dataset, learning_rate=1e-3, lora_dropout=0) for spec in specs)
    expected, recorder = Recorder(), Recorder()
    result = train(straight, expected)
    small_memory(16)  # in step 5; the newest checkpoint is of step 4
    with pytest.raises(Killed):
        train(killed, recorder)
    small_memory(None)
    resumed = train(killed, recorder)
    assert resumed.resumed_from == 4
    for name in ("loss", "grad_norm", "eval_loss"):
        assert recorder.steps_of(name) == expected.steps_of(name)
    [told] = [event for event in expected.events if "Memory ran out" in event]
    assert "after step 1: 1 examples are computed at a time instead of 2" in told

    for one in (result, resumed):
        assert one.adapter is None and one.merge is None and one.merged_model == str(Path(one.merged_model))
    final, again = Path(result.merged_model), Path(resumed.merged_model)
    assert final.name == "final" and not (final.parent / "merged_model").exists()
    verify_manifest(final)
    assert (final / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()
    for reference in (straight.output_dir, str(final), str(final.parent / "checkpoint-6")):
        found = locate(reference)
        assert found.kind == "transformers" and load_tokenizer(found).chat_template
    assert locate(straight.output_dir).base == straight.model
    base, tuned = (dict(load_model(locate(where)).named_parameters()) for where in (straight.model, str(final)))
    assert [name for name in base if torch.equal(base[name], tuned[name])] == []
    assert result.last_validation_loss < result.first_validation_loss
