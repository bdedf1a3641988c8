"""Every preset is a valid spec, and trains a random-weight model of its architecture for two steps."""

import json
import shutil

import pytest
import torch

from core.specs import TrainSpec
from core.specs.train import steps_per_epoch
from core.training.presets import FOR_WHOM, PRESETS, presets_for, settings_for
from core.training.train import train
from tests.core.training.runs import Recorder, rows_about_illnesses, save_dataset

SHAPE = {
    "vocab_size": 400,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 256,
    "tie_word_embeddings": True,
    "sliding_window": 32,
}
OF_AN_ARCHITECTURE = {"mistral-7b": "Mistral", "llama-3-8b": "Llama", "qwen3-4b": "Qwen3", "gemma-3-4b": "Gemma3"}
LIKE_ANOTHER = [pytest.param(name, marks=pytest.mark.long) for name in PRESETS if name not in OF_AN_ARCHITECTURE]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_makes_a_valid_spec(name):
    spec = TrainSpec(name="run", output_dir="/tmp/run", dataset="/tmp/data", **PRESETS[name])
    assert all(getattr(spec, field) == value for field, value in PRESETS[name].items())
    assert FOR_WHOM[name].endswith(".")


@pytest.mark.parametrize("name", [*OF_AN_ARCHITECTURE, *LIKE_ANOTHER])
def test_a_preset_trains_a_small_model_of_its_architecture(name, tiny_model, tmp_path):
    model = make_model(OF_AN_ARCHITECTURE.get(name, "Llama"), tiny_model, tmp_path / "model")
    dataset = save_dataset(tmp_path / "ill_dataset", train=rows_about_illnesses(20), validation=rows_about_illnesses(2))
    settings = PRESETS[name] | {"model": str(model), "max_seq_length": 128, "merge_adapters": False}
    an_epoch = steps_per_epoch(20, settings["batch_size"], settings.get("gradient_accumulation_steps", 1))
    recorder = Recorder()
    spec = TrainSpec(name="run", output_dir=str(tmp_path / "run"), dataset=str(dataset), **settings)
    result = train(spec.model_copy(update={"epochs": 2 / an_epoch}), recorder)
    assert result.steps == 2 and list(recorder.steps_of("grad_norm")) == [1, 2]
    assert all(norm > 0 for norm in recorder.steps_of("grad_norm").values())
    adapter = json.loads((tmp_path / "run" / "final" / "adapter_config.json").read_text())
    assert (adapter["r"], adapter["lora_alpha"]) == (spec.lora_r, spec.lora_alpha)


def make_model(architecture: str, tiny_model, folder):
    """A random-weight model with the tiny model's tokenizer; a Gemma 3 of this size also takes images."""
    import transformers

    torch.manual_seed(0)
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("config.json", "*.safetensors"))
    ids = json.loads((tiny_model / "config.json").read_text())
    shape = SHAPE | {name: ids[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    if architecture == "Gemma3":
        vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
        config = transformers.Gemma3Config(
            text_config=shape, vision_config=vision | {"image_size": 28, "patch_size": 14}, mm_tokens_per_image=4
        )
        model = transformers.Gemma3ForConditionalGeneration(config)
    else:
        model = getattr(transformers, f"{architecture}ForCausalLM")(
            getattr(transformers, f"{architecture}Config")(**shape)
        )
    model.save_pretrained(folder)
    return folder


def test_only_the_language_model_of_a_model_with_images_is_loaded(tiny_model, tmp_path):
    from transformers import Gemma3ForConditionalGeneration

    from core.models.loading import load_model
    from core.models.references import locate

    folder = make_model("Gemma3", tiny_model, tmp_path / "model")
    ids = torch.arange(4, 16)[None]
    loaded = load_model(locate(str(folder)))
    assert not any("vision" in name for name, _ in loaded.named_parameters())
    whole = Gemma3ForConditionalGeneration.from_pretrained(folder, dtype="float32").eval()
    with torch.no_grad():
        torch.testing.assert_close(loaded(ids).logits, whole(ids).logits)


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
