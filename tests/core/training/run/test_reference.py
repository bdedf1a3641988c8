"""The base's log-probabilities are computed once, verified, and read again by a resumed run."""

import math
from pathlib import Path
from weakref import ref

import pytest

from core.errors import ConflictError, InputError
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import Split
from core.training.objectives import preference
from core.training.objectives.reading import read_examples
from core.training.run import reference
from core.training.run.recording import record_of
from core.training.run.reference import REFERENCE, with_reference
from core.training.train import train
from tests.core.training.runs import Recorder, changed, pairs_about_illnesses, rows_about_illnesses, save_dataset

_IN_NATS = ("_reward", "_margin", "_kl")
"""Measures of how far a model has moved from its base, with beta 1."""


class Killed(BaseException):
    """Simulates a SIGKILL: no code of ours catches it."""


@pytest.fixture
def dpo(spec, tmp_path):
    """A run of six steps over pairs."""
    rows = pairs_about_illnesses(14)
    dataset = save_dataset(tmp_path / "pairs", train=rows[:10], validation=rows[10:])
    return changed(spec, method="dpo", dataset=str(dataset), load_in_4bit=False, merge_adapters=False)


def test_a_killed_dpo_run_resumes_with_identical_steps(dpo, monkeypatch):
    whole, killed = Recorder(), Recorder()
    train(changed(dpo, output_dir=dpo.output_dir + "-whole"), whole)
    real, scored, seen = preference.answer_losses, [], []

    def counted(model, batch):
        seen.append(model.training)
        if sum(seen) == 8 and model.training:
            raise Killed
        return real(model, batch)

    base_losses = reference.answer_losses
    monkeypatch.setattr(reference, "answer_losses", lambda *rest: scored.append(1) or base_losses(*rest))
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(preference, "answer_losses", counted)
        train(dpo, killed)
    passes = len(scored)
    result = train(dpo, killed)
    assert result.resumed_from == 4 and len(scored) == passes == 7
    for name in ("loss", "grad_norm", "reward_margin", "eval_loss", "eval_reward_accuracy", "eval_chosen_reward"):
        assert killed.steps_of(name) == whole.steps_of(name) != {}
    margins = killed.steps_of("eval_reward_margin")
    assert margins[0] == pytest.approx(0, abs=1e-4) and margins[6] > 0.1
    assert killed.steps_of("eval_loss")[0] == pytest.approx(0.6931, abs=1e-3)


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_in_bfloat16_learning_begins_where_the_base_is(dpo, method, tmp_path):
    long = [row | {"chosen": row["chosen"] * 3, "rejected": row["rejected"] * 3} for row in pairs_about_illnesses(14)]
    dataset = save_dataset(tmp_path / "long", train=long[:10], validation=long[10:])
    settings = {"dataset": str(dataset), "method": method, "precision": "bfloat16", "lora_dropout": 0.0, "beta": 1.0}
    recorder = Recorder()
    train(changed(dpo, epochs=1, **settings), recorder)
    loss = {"dpo": math.log(2), "kto": 0.5}[method]  # of answers exactly as likely as in the base
    assert recorder.steps_of("eval_loss")[0] == pytest.approx(loss, abs=1e-3)
    nats = [value for (name, step), value in recorder.series.items() if step == 0 and name.endswith(_IN_NATS)]
    assert len(nats) >= 2 and nats == pytest.approx([0] * len(nats), abs=1e-3)


def _read(spec) -> dict:
    location = locate(spec.model)
    tokenizer, record = load_tokenizer(location), record_of(spec, location)
    examples = read_examples(spec, location, tokenizer, Recorder())
    return examples, lambda recorder: with_reference(record, location, tokenizer, examples, recorder)


def test_a_corrupt_reference_is_computed_again_and_that_of_other_data_refused(dpo, tmp_path):
    examples, referenced = _read(dpo)
    first = referenced(Recorder())
    folder = Path(dpo.output_dir) / REFERENCE
    (folder / "log_probabilities.safetensors").write_bytes(b"")
    recorder = Recorder()
    again = referenced(recorder)
    assert any("corrupt" in event for event in recorder.events)
    assert [pair.reference for pair in again[Split.TRAIN]] == [pair.reference for pair in first[Split.TRAIN]]
    rows = pairs_about_illnesses(15)
    other = save_dataset(tmp_path / "other" / "pairs", train=rows[1:11], validation=rows[11:])
    with pytest.raises(ConflictError, match="has changed since this run began"):
        _read(changed(dpo, dataset=str(other)))[1](Recorder())
    with pytest.raises(ConflictError, match="other settings"):
        _read(changed(dpo, learning_rate=1e-4))[1](Recorder())


def test_the_base_is_freed_before_the_model_to_train_is_loaded(dpo, monkeypatch):
    load, loaded = reference.load_trained, []

    def watched(*rest):
        trained = load(*rest)
        loaded.append(ref(trained.model))
        return trained

    monkeypatch.setattr(reference, "load_trained", watched)
    _, referenced = _read(dpo)
    referenced(Recorder())
    assert [one() for one in loaded] == [None]


def test_data_of_another_shape_is_refused_with_the_methods_that_fit(spec, tmp_path):
    rows = save_dataset(tmp_path / "rows", train=rows_about_illnesses(2))
    for method in ("dpo", "orpo", "simpo", "kto", "pretrain"):
        with pytest.raises(InputError, match=f"method {method} learns from") as refused:
            train(changed(spec, method=method, dataset=str(rows)))
        assert "sft" in refused.value.remedy
