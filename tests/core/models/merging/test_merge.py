"""A merge is judged: the closest way is taken, one that misses the model as trained is refused."""

import json
import shutil

import pytest
import torch
from peft import IA3Config, LoraConfig, PromptTuningConfig

from core.errors import InputError, ParityError
from core.models.loading import load_model
from core.models.merging.merge import merge
from core.models.merging.skeleton import can_be_streamed
from core.models.references import locate
from tests.core.models.merging.made import TEXTS, bases, make_adapter


@pytest.fixture
def merged(tmp_path):
    """An empty folder to merge into."""
    folder = tmp_path / "merged"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("targets", ["all-linear", ["q_proj", "v_proj"]], ids=["all layers", "some layers"])
def test_the_closest_merge_is_chosen_and_reported(tiny_model, tmp_path, merged, targets):
    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter", target_modules=targets)))
    report = merge(adapter, merged, "float32", four_bit=True, texts=TEXTS)
    assert report["method"] == "dequantized" and report["difference"] < 0.002
    assert report["differences"]["original"] > 10 * report["difference"]
    trained, found = load_model(adapter, four_bit=True), load_model(locate(str(merged)))
    with torch.no_grad():
        wanted, found = (model(torch.tensor(TEXTS[:1])).logits for model in (trained, found))
    assert ((found - wanted).norm() / wanted.norm()).item() < 0.002


def test_a_large_vocabulary_is_compared_at_fewer_positions(tiny_model, tmp_path, merged, monkeypatch):
    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter")))
    everywhere = merge(adapter, merged, "float32", TEXTS, four_bit=True)
    monkeypatch.setattr("core.models.merging.merge._COMPARED_LOGITS", 800)  # two positions of 400 tokens
    found = merge(adapter, merged, "float32", TEXTS, four_bit=True)
    assert found["method"] == everywhere["method"] == "dequantized"
    assert found["differences"]["original"] == pytest.approx(everywhere["differences"]["original"], rel=0.7)
    assert found["differences"]["original"] != everywhere["differences"]["original"]


@pytest.mark.long
def test_a_merge_after_training_in_8_bits_is_judged_against_the_model_in_8_bits(tiny_model, tmp_path, merged):
    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter")))
    report = merge(adapter, merged, "float32", TEXTS, eight_bit=True)
    rounding = merge(adapter, merged, "float32", TEXTS)["difference"]
    assert report["method"] == "original" and report["difference"] > 2 * rounding


@pytest.mark.parametrize(
    "generation",
    [{"temperature": 0.9, "top_p": 0.6}, {"top_k": 50, "num_beams": 1, "length_penalty": 2.0}, {"temperature": -1.0}],
    ids=str,
)
def test_generation_settings_that_transformers_would_not_save_are_kept(tiny_model, tmp_path, merged, generation):
    base = shutil.copytree(tiny_model, tmp_path / "base")
    config = json.loads((base / "generation_config.json").read_text())
    (base / "generation_config.json").write_text(json.dumps(config | generation))
    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter")), base_model=str(base))
    assert merge(adapter, merged, "float32", four_bit=False, texts=TEXTS)["difference"] < 1e-3
    saved = json.loads((merged / "generation_config.json").read_text())
    assert saved.items() >= generation.items()
    assert load_model(locate(str(merged))).generation_config.eos_token_id == saved["eos_token_id"]


def test_a_bfloat16_base_takes_a_float32_adapter(tiny_model, tmp_path, merged):
    base = bases(tiny_model, tmp_path)["bfloat16, sharded"]
    adapter = locate(str(make_adapter(base, tmp_path / "adapter")))
    report = merge(adapter, merged, "bfloat16", four_bit=False, texts=TEXTS)
    assert report["dtype"] == "bfloat16" and report["difference"] < 0.05


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("mixture", LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")),
        ("tiny", IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"])),
        ("tiny", LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights="pissa", task_type="CAUSAL_LM")),
    ],
    ids=["rearranged experts", "IA3", "PiSSA"],
)
def test_what_cannot_be_merged_by_tensor_is_merged_whole(tiny_model, tmp_path, merged, kind, config):
    base = bases(tiny_model, tmp_path)[kind]
    adapter = locate(str(make_adapter(base, tmp_path / "adapter", config=config)))
    assert not can_be_streamed(adapter)
    four_bit = kind == "mixture"
    report = merge(adapter, merged, "float32", TEXTS, four_bit)
    assert report["difference"] < 0.01 and report["method"] == ("dequantized" if four_bit else "original")


def test_a_prompt_learning_adapter_is_refused(tiny_model, tmp_path, merged):
    config = PromptTuningConfig(num_virtual_tokens=4, task_type="CAUSAL_LM")
    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter", config=config)))
    with pytest.raises(InputError, match="prompt-learning"):
        merge(adapter, merged, "float32", four_bit=False, texts=TEXTS)


@pytest.mark.parametrize(("factor", "words"), [(4.0, "would move by"), (float("nan"), "become infinite or NaN")])
def test_a_merge_that_differs_from_the_trained_model_is_refused(
    tiny_model, tmp_path, merged, monkeypatch, factor, words
):
    from peft.tuners.lora.layer import Linear

    adapter = locate(str(make_adapter(tiny_model, tmp_path / "adapter")))
    real = Linear.get_delta_weight
    monkeypatch.setattr(Linear, "get_delta_weight", lambda self, name: factor * real(self, name))
    with pytest.raises(ParityError, match=words) as refused:
        merge(adapter, merged, "float32", four_bit=False, texts=TEXTS)
    assert "The adapter is intact" in refused.value.remedy
