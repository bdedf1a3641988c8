"""Whole runs of the tiny model: what they report, publish, keep and refuse, and how they stop."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ConflictError, InputError, NotFoundError, TrainingError, UnavailableError
from core.examples.example import messages_of
from core.examples.prompting import PLAIN_TEMPLATE, prompt_ids
from core.manifests import verify_manifest
from core.models.loading import load_model, load_tokenizer
from core.models.references import locate
from core.reporting import Stopped
from core.specs import StopRequest
from core.training import train as train_module
from core.training.objectives import supervised
from core.training.tracking.forwarding import EVENTS
from core.training.train import train
from core.training.trained import forward
from core.training.trained import loading as trained_loading
from tests.core.training.runs import Recorder, changed, rows_about_illnesses, save_dataset, small_spec
from tests.core.training.tracking.test_event_files import scalars


@pytest.fixture(scope="module")
def finished(tiny_model, tmp_path_factory):
    """A finished run of 12 steps: its spec, what it reported, its result."""
    spec = changed(small_spec(tiny_model, tmp_path_factory.mktemp("finished")), epochs=4, eval_steps=5)
    recorder = Recorder()
    return spec, recorder, train(spec, recorder)


def test_every_step_is_reported_once_and_the_validation_loss_falls(finished):
    spec, recorder, result = finished
    for name in ("loss", "token_accuracy", "learning_rate", "grad_norm", "tokens_per_second"):
        assert list(recorder.steps_of(name)) == list(range(1, 13))
    validation = recorder.steps_of("eval_loss")
    assert list(validation) == [0, 5, 10, 12]
    assert validation[12] < validation[0] - 0.5
    assert (result.first_validation_loss, result.last_validation_loss) == (validation[0], validation[12])
    assert result.best_validation_loss == min(validation.values())
    [events] = (Path(spec.output_dir) / EVENTS).iterdir()
    assert [step for step, _ in scalars(events)["train/loss"]] == list(range(1, 13))
    assert [step for step, _ in scalars(events)["eval/loss"]] == [0, 5, 10, 12]
    assert result.steps == 12 and result.train_tokens > 500 and result.resumed_from is None


def test_progress_has_its_total_before_the_model_is_loaded(finished):
    _, recorder, _ = finished
    assert recorder.stages[0] == (0, 12, "Loading the model")
    assert recorder.stages[1:14] == [(step, 12, "Training") for step in range(13)]
    assert recorder.stages[-1] == (12, 12, "Merging")


def test_published_folders_are_complete_and_contain_no_pickle(finished):
    spec, _, result = finished
    output_dir = Path(spec.output_dir)
    for folder in ("final", "merged_model", "checkpoint-12"):
        verify_manifest(output_dir / folder)
    names = {path.name for path in (output_dir / "final").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "training_config.json", "trainer_state.json"} <= names
    assert {"tokenizer.json", "tokenizer_config.json", "tokenizer.model", "chat_template.jinja"} <= names
    assert {"model.safetensors", "tokenizer.model", "chat_template.jinja", "generation_config.json"} <= {
        path.name for path in (output_dir / "merged_model").iterdir()
    }
    files = [path for path in output_dir.rglob("*") if path.is_file() and path.parent.name != EVENTS]
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".model", ".jinja"}
    config = json.loads((output_dir / "final" / "training_config.json").read_text())
    assert changed(spec).model_dump(mode="json").items() <= config.items()
    assert config["versions"]["torch"] == torch.__version__ and config["device"] == "cpu"
    assert config["dataset_fingerprint"] and config["model_fingerprint"] and config["hardware"]["threads"]


def test_the_merged_model_answers_like_the_trained_one(finished):
    spec, _, result = finished
    four_bit = load_model(locate(result.adapter), four_bit=True)
    merged = load_model(locate(result.merged_model))
    base = load_model(locate(spec.model))
    ids = torch.tensor([prompt_ids(load_tokenizer(locate(spec.model)), messages_of({"instruction": "What is gout?"}))])
    with torch.no_grad():
        trained, kept, untrained = (model(ids).logits for model in (four_bit, merged, base))
    assert (kept - trained).norm() / trained.norm() < 0.002
    assert (untrained - trained).norm() / trained.norm() > 0.1
    merge = result.merge
    assert merge.method == "dequantized" and merge.difference == min(merge.differences.values())
    assert merge.differences["original"] > 5 * merge.differences["dequantized"]


def test_a_finished_run_can_be_trained_on_and_scored(finished):
    spec, _, result = finished
    found = locate(spec.output_dir)
    assert (found.path, found.base) == (result.merged_model, spec.model)
    assert locate(spec.output_dir, prefer="adapter").path == result.adapter
    assert load_model(found).generation_config.eos_token_id == [load_tokenizer(found).eos_token_id]


def test_validation_changes_nothing_about_training(spec):
    often, seldom = Recorder(), Recorder()
    train(changed(spec, eval_steps=1, merge_adapters=False), often)
    rows = rows_about_illnesses(10)
    without = save_dataset(Path(spec.dataset).parent / "without", train=rows)
    result = train(changed(spec, dataset=str(without), output_dir=spec.output_dir + "-2", merge_adapters=False), seldom)
    assert often.steps_of("loss") == seldom.steps_of("loss")
    assert often.steps_of("grad_norm") == seldom.steps_of("grad_norm")
    assert result.best_step is None and result.merged_model is None
    assert any("no validation split" in event for event in seldom.events)


def test_plain_lora_trains_over_full_weights(spec, recorder):
    result = train(changed(spec, load_in_4bit=False), recorder)
    assert result.last_validation_loss < result.first_validation_loss
    assert result.merge.method == "original" and result.merge.difference < 1e-3


@pytest.mark.long
def test_gradient_checkpointing_does_not_change_the_losses(spec, recorder, monkeypatch):
    spec = changed(spec, merge_adapters=False)
    train(spec, recorder)
    forwards = []
    monkeypatch.setattr(forward, "CHECKPOINTED_FROM_PARAMETERS", 0)
    loss_of = train_module.TrainingLoop._loss
    monkeypatch.setattr(
        train_module.TrainingLoop,
        "_loss",
        lambda loop, batch: forwards.append(loop.model.is_activation_checkpointing) or loss_of(loop, batch),
    )
    again = Recorder()
    train(changed(spec, output_dir=spec.output_dir + "-2"), again)
    assert all(forwards)
    assert again.steps_of("loss") == recorder.steps_of("loss")


def test_a_pause_leaves_a_checkpoint_and_a_cancel_does_not(spec):
    class Asked(Recorder):
        def stop_requested(self):
            return self.request if ("loss", 1) in self.series else None

    for request in StopRequest:
        reporter = Asked()
        reporter.request = request
        asked = changed(spec, output_dir=f"{spec.output_dir}-{request}")
        with pytest.raises(Stopped) as stopped:
            train(asked, reporter)
        assert stopped.value.request == request
        assert (Path(asked.output_dir) / "checkpoint-1").exists() == (request == StopRequest.PAUSE)
        assert list(reporter.steps_of("loss")) == [1]


def test_metrics_are_durable_before_their_checkpoint_is_published(spec):
    class Checking(Recorder):
        def confirm(self):
            assert not self.series or self.flushed_step == max(step for _, step in self.series)
            return super().confirm()

    train(changed(spec, merge_adapters=False), Checking())


@pytest.mark.long
def test_a_run_that_died_before_merging_only_merges(spec, recorder):
    train(changed(spec), recorder)
    shutil.rmtree(Path(spec.output_dir) / "merged_model")
    again = Recorder()
    result = train(spec, again)
    assert Path(result.merged_model, "model.safetensors").exists()
    assert again.series == {} and result.steps == 6


def test_another_runs_folder_is_refused_and_untouched(finished):
    spec, _, _ = finished
    before = sorted(Path(spec.output_dir).rglob("*"))
    with pytest.raises(ConflictError, match="final exists already"):
        train(changed(spec, learning_rate=1e-5))
    assert sorted(Path(spec.output_dir).rglob("*")) == before


def test_a_nan_loss_stops_the_run_before_it_spoils_the_adapter(spec, recorder, monkeypatch):
    real = supervised.answer_loss

    def runs_away(model, *rest):
        loss, hits = real(model, *rest)
        return loss * (float("nan") if ("loss", 3) in recorder.series and model.training else 1), hits

    monkeypatch.setattr(supervised, "answer_loss", runs_away)
    with pytest.raises(TrainingError, match="step 4") as failed:
        train(spec, recorder)
    assert "learning rate (now 0.005)" in failed.value.remedy
    assert list(recorder.steps_of("loss")) == [1, 2, 3]


def test_a_damaged_base_model_is_found_before_the_first_step(spec, tmp_path):
    model = shutil.copytree(spec.model, tmp_path / "broken")
    weights = load_file(model / "model.safetensors")
    weights["model.norm.weight"][:] = float("nan")
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TrainingError, match="after step 0") as failed:
        train(changed(spec, model=str(model)))
    assert "base model is damaged" in failed.value.remedy


def test_running_out_of_gpu_memory_says_what_to_lower(spec, monkeypatch):
    def too_big(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")

    monkeypatch.setattr(trained_loading, "load_model", too_big)
    with pytest.raises(TrainingError) as failed:
        train(spec)
    assert all(
        word in failed.value.remedy for word in ("batch size (now 2", "longest example (now 128 tokens", "rank (now 4")
    )


@pytest.mark.long
def test_a_model_without_a_template_is_trained_and_published_with_the_plain_one(spec, tmp_path):
    model = shutil.copytree(spec.model, tmp_path / "plain")
    (model / "chat_template.jinja").unlink()
    result = train(changed(spec, model=str(model), epochs=0.5))
    assert load_tokenizer(locate(result.merged_model)).chat_template == PLAIN_TEMPLATE


def test_unusable_input_is_refused_before_anything_is_written(spec, tmp_path):
    rows = rows_about_illnesses(2)
    empty = save_dataset(tmp_path / "empty", train=[], validation=rows)
    columns = save_dataset(tmp_path / "columns", train=[{"question": "x"}])
    refusals = [
        ({"dataset": str(tmp_path / "nowhere")}, NotFoundError, "nowhere"),
        ({"dataset": str(empty)}, InputError, "no examples to train on"),
        ({"dataset": str(columns)}, InputError, "not those of a prepared dataset"),
        ({"model": str(tmp_path / "nowhere")}, NotFoundError, "no model at"),
        ({"model": "some-org/not-cached"}, UnavailableError, "hub cannot be reached"),
        ({"lora_targets": ("no_such_layer",)}, InputError, "no_such_layer"),
        ({"max_seq_length": 16}, InputError, "so no answer would be learned from"),
    ]
    for values, error, words in refusals:
        with pytest.raises(error, match=words) as refused:
            train(changed(spec, **values))
        assert refused.value.remedy
    assert not any(Path(spec.output_dir).glob("*"))


def test_every_shape_is_learned_and_bad_answers_are_not(spec, tmp_path):
    asked = [{"role": "user", "content": "Who is ill?"}]
    chat = [*asked, {"role": "assistant", "content": "The doctor."}] * 2
    shapes = {
        "chat": [{"messages": json.dumps(chat), "tools": ""}],
        "preference": [{"messages": json.dumps(asked), "chosen": "The doctor.", "rejected": "Nobody."}],
        "feedback": [{"messages": json.dumps(asked), "output": "It is.", "label": label} for label in ("good", "bad")],
        "text": [{"text": "The doctor asks who is ill."}],
    }
    for shape, rows in shapes.items():
        dataset, recorder = save_dataset(tmp_path / shape, train=rows * 2, validation=rows), Recorder()
        values = {"dataset": str(dataset), "output_dir": str(tmp_path / f"{shape}_run")}
        train(changed(spec, epochs=1, merge_adapters=False, prompt_dropout=0.3, **values), recorder)
        assert recorder.steps_of("loss")[1] > 0
        assert ("2 answers of the train split are judged bad and not learned from." in recorder.events) == (
            shape == "feedback"
        )
    dataset = save_dataset(tmp_path / "bad", train=shapes["feedback"][1:])
    with pytest.raises(InputError, match="judged bad"):
        train(changed(spec, dataset=str(dataset), output_dir=str(tmp_path / "bad_run")))


def test_a_length_beyond_the_models_context_is_lowered_and_reported(spec, recorder):
    train(changed(spec, max_seq_length=1024, epochs=0.5, merge_adapters=False), recorder)
    assert any("context length of 256 tokens" in event for event in recorder.events)


def test_an_adapter_is_not_a_base_model(finished):
    spec, _, result = finished
    with pytest.raises(InputError, match="not a whole model"):
        train(changed(spec, model=result.adapter, output_dir=spec.output_dir + "-2"))
