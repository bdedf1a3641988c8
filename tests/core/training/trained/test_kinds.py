"""Whole runs of each kind of adapter, weights and optimizer: each learns, and resumes exactly after a kill."""

import json
from pathlib import Path

import pytest

from core.models.loading import load_model
from core.models.references import locate
from core.training.objectives import supervised
from core.training.train import train
from tests.core.training.runs import Recorder, changed

KINDS = {
    "rsLoRA": {"use_rslora": True},
    "DoRA": {"use_dora": True},
    "LoRA+": {"lora_plus_ratio": 4, "learning_rate": 2e-3},
    "8-bit base": {"load_in_4bit": False, "load_in_8bit": True},
    "8-bit moments": {"optimizer": "adamw_8bit"},
    "noise": {"neftune_alpha": 5},
    "full, 8-bit moments": {"tuning": "full", "load_in_4bit": False, "optimizer": "adamw_8bit", "learning_rate": 1e-3},
    "recomputed, bfloat16": {"gradient_checkpointing": True, "precision": "bfloat16"},
    "by hand, bfloat16": {"lora_dropout": 0.0, "precision": "bfloat16"},
}


class Killed(BaseException):
    """Simulates a SIGKILL: no code of ours catches it."""


@pytest.mark.long
@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_every_kind_learns_and_resumes_exactly(spec, values, monkeypatch):
    spec = changed(spec, **values, epochs=4, merge_adapters=False)
    expected, recorder, real, passes = Recorder(), Recorder(), supervised.answer_loss, []
    result = train(changed(spec, output_dir=spec.output_dir + "-straight"), expected)
    assert result.last_validation_loss < result.first_validation_loss

    def dying(model, *rest):
        passes.append(model.training)
        if sum(passes) == 17 and model.training:  # in step 10; the newest checkpoint is of step 8 or 9
            raise Killed
        return real(model, *rest)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(supervised, "answer_loss", dying)
        train(spec, recorder)
    again = train(spec, recorder)
    assert again.resumed_from in (8, 9)
    for name in ("loss", "grad_norm", "eval_loss"):
        assert recorder.steps_of(name) == expected.steps_of(name)
    assert load_model(locate(again.adapter or again.merged_model))


@pytest.mark.long
def test_a_run_stops_early_keeps_the_best_and_resumes_as_a_no_op(spec):
    recorder = Recorder()
    spec = changed(
        spec, early_stopping_patience=2, eval_steps=1, epochs=20, learning_rate=0.3, lr_scheduler="constant",
        merge_adapters=False,
    )  # fmt: skip
    result = train(spec, recorder)
    validation = recorder.steps_of("eval_loss")
    best = min(list(validation)[1:], key=validation.get)
    assert result.ended_early and result.steps == best + 2 < 60
    assert (result.kept_step, result.best_step) == (best, best)
    assert f"after step {best + 2}: the validation loss has not fallen in 2" in " ".join(recorder.events)
    again = Recorder()
    assert train(spec, again) == result and again.series == {}
    state = json.loads(Path(result.adapter, "trainer_state.json").read_text())
    assert state["step"] == best + 2
