"""Every preset is a valid spec, and trains a random-weight model of its architecture for two steps."""

import json

import pytest
import torch

from core.inference.open_engine import open_engine
from core.inference.settings import SamplingSettings
from core.models.loading import load_model
from core.models.references import locate
from core.specs import TrainSpec
from core.specs.train import steps_per_epoch
from core.training.presets import FOR_WHOM, PRESETS, presets_for, settings_for
from core.training.train import train
from tests.core.models.small_model import make_small_model
from tests.core.training.runs import Recorder, rows_about_illnesses, save_dataset

OF_AN_ARCHITECTURE = {"mistral-7b": "Mistral", "llama-3-8b": "Llama", "qwen3-4b": "Qwen3", "gemma-3-4b": "Gemma3"}
LIKE_ANOTHER = [pytest.param(name, marks=pytest.mark.long) for name in PRESETS if name not in OF_AN_ARCHITECTURE]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_makes_a_valid_spec(name):
    spec = TrainSpec(name="run", output_dir="/tmp/run", dataset="/tmp/data", **PRESETS[name])
    assert all(getattr(spec, field) == value for field, value in PRESETS[name].items())
    assert FOR_WHOM[name].endswith(".")


@pytest.mark.parametrize("name", [*OF_AN_ARCHITECTURE, *LIKE_ANOTHER])
def test_a_preset_trains_a_small_model_of_its_architecture(name, tiny_model, tmp_path):
    with_images = name == "gemma-3-4b"
    model = make_small_model(OF_AN_ARCHITECTURE.get(name, "Llama"), tiny_model, tmp_path / "model")
    dataset = save_dataset(tmp_path / "ill_dataset", train=rows_about_illnesses(20), validation=rows_about_illnesses(2))
    settings = PRESETS[name] | {"model": str(model), "max_seq_length": 128, "merge_adapters": with_images}
    an_epoch = steps_per_epoch(20, settings["batch_size"], settings.get("gradient_accumulation_steps", 1))
    recorder = Recorder()
    spec = TrainSpec(name="run", output_dir=str(tmp_path / "run"), dataset=str(dataset), **settings)
    result = train(spec.model_copy(update={"epochs": 2 / an_epoch}), recorder)
    assert result.steps == 2 and list(recorder.steps_of("grad_norm")) == [1, 2]
    assert all(norm > 0 for norm in recorder.steps_of("grad_norm").values())
    adapter = json.loads((tmp_path / "run" / "final" / "adapter_config.json").read_text())
    assert (adapter["r"], adapter["lora_alpha"]) == (spec.lora_r, spec.lora_alpha)
    assert bool(result.merged_model) == with_images
    if with_images:
        engine = open_engine(locate(result.merged_model))
        *_, last = engine.generate([{"role": "user", "content": "What is gout?"}], SamplingSettings(max_tokens=4))
        assert last.completion_tokens > 0
        assert_answers_like_the_model_with_images(result.merged_model)


def assert_answers_like_the_model_with_images(folder: str):
    """Its language model, which is what is loaded here, has the logits of the whole."""
    from transformers import Gemma3ForConditionalGeneration

    loaded = load_model(locate(folder))
    assert not any("vision" in name for name, _ in loaded.named_parameters())
    whole = Gemma3ForConditionalGeneration.from_pretrained(folder, dtype="float32").eval()
    ids = torch.arange(4, 16)[None]
    with torch.no_grad():
        torch.testing.assert_close(loaded(ids).logits, whole(ids).logits)


def test_only_the_language_model_of_a_model_with_images_is_loaded(tiny_model, tmp_path):
    assert_answers_like_the_model_with_images(str(make_small_model("Gemma3", tiny_model, tmp_path / "model")))


@pytest.mark.parametrize(
    ("examples", "epochs", "batch_size"),
    [(8, 30, 2), (80, 6, 2), (200, 3, 2), (320, 3, 4), (100_000, 3, 4), (None, 3, 4)],
)
def test_few_examples_are_seen_more_often_and_in_smaller_batches(examples, epochs, batch_size):
    found = settings_for("smollm2-135m", examples)
    assert (found["epochs"], found["batch_size"]) == (epochs, batch_size)
    assert found | PRESETS["smollm2-135m"] == PRESETS["smollm2-135m"]
    assert settings_for("quick", examples) == PRESETS["quick"]


def test_a_models_own_preset_comes_first():
    assert presets_for("starter") == ["starter"]
    assert presets_for("smollm2-135m")[0] == "smollm2-135m"
    assert presets_for("mistral-7b") == ["mistral-7b", "quick", "balanced", "thorough"]
    assert presets_for("llama-3.1-8b")[0] == "llama-3-8b"
    assert "smollm2-135m" not in presets_for("org/other") and presets_for("org/other")
