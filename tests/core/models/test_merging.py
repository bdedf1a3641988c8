"""The merged model behaves like the trained one, also over 4-bit weights and for any adapted layers."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from core.models.loading import load_model, load_tokenizer
from core.models.merging import merge
from core.models.references import locate
from core.models.saving import copy_tokenizer
from core.training.train import train
from tests.core.training.runs import changed

_TEXTS = [[1, 40, 41, 42, 43], [1, 90, 91]]


@pytest.mark.parametrize("targets", [("all-linear",), ("q_proj", "v_proj")], ids=["all layers", "some layers"])
def test_the_closest_merge_is_chosen_and_reported(spec, tmp_path, targets):
    adapter = train(changed(spec, lora_targets=targets, merge_adapters=False)).adapter
    report = merge(locate(adapter), tmp_path, "float32", four_bit=True, texts=_TEXTS)
    assert report["method"] == "dequantized" and report["difference"] < 0.002
    assert report["differences"]["original"] > 10 * report["difference"]
    trained, merged = load_model(locate(adapter), four_bit=True), load_model(locate(str(tmp_path)))
    with torch.no_grad():
        wanted, found = (model(torch.tensor(_TEXTS[:1])).logits for model in (trained, merged))
    assert ((found - wanted).norm() / wanted.norm()).item() < 0.002


@pytest.fixture
def adapter(spec, tiny_model, tmp_path):
    """`adapter(generation_config)`: an adapter of a copy of the tiny model with that generation_config.json."""

    def make(generation: dict):
        base = shutil.copytree(tiny_model, tmp_path / "base")
        config = json.loads((base / "generation_config.json").read_text())
        (base / "generation_config.json").write_text(json.dumps(config | generation))
        return locate(train(changed(spec, model=str(base), load_in_4bit=False, merge_adapters=False)).adapter)

    return make


@pytest.mark.parametrize(
    "generation",
    [{"temperature": 0.9, "top_p": 0.6}, {"top_k": 50, "num_beams": 1, "length_penalty": 2.0}, {"temperature": -1.0}],
    ids=str,
)
def test_a_base_with_an_inconsistent_generation_config_is_merged(adapter, tmp_path, generation):
    merged = tmp_path / "merged"
    merged.mkdir()
    location = adapter(generation)
    assert merge(location, merged, "float32", four_bit=False, texts=_TEXTS)["difference"] < 1e-3
    saved = json.loads((merged / "generation_config.json").read_text())
    if "temperature" not in saved:
        assert "top_p" not in saved
    elif generation.get("temperature") == 0.9:
        assert saved["do_sample"] and saved["top_p"] == 0.6
    assert load_model(locate(str(merged))).generation_config.eos_token_id


def test_bfloat16_weights_accept_a_float32_adapter(spec, tiny_model, tmp_path):
    base = tmp_path / "base"
    load_model(locate(str(tiny_model)), dtype="bfloat16").save_pretrained(base)
    copy_tokenizer(tiny_model, load_tokenizer(locate(str(tiny_model))), base)
    found = train(changed(spec, model=str(base), load_in_4bit=False, merge_adapters=False)).adapter
    merged = tmp_path / "merged"
    merged.mkdir()
    report = merge(locate(found), merged, "bfloat16", four_bit=False, texts=_TEXTS)
    assert report["dtype"] == "bfloat16" and report["difference"] < 0.05


def test_a_merge_that_differs_from_the_trained_model_is_refused_and_the_adapter_kept(spec, recorder, monkeypatch):
    def times(factor):
        def merged(self):
            model = self.base_model.merge_and_unload()
            model.lm_head.weight.mul_(factor)
            return model

        return merged

    for factor, words in ((2.0, "would move by"), (float("nan"), "become infinite or NaN")):
        monkeypatch.setattr("peft.PeftModel.merge_and_unload", times(factor), raising=False)
        result = train(spec, recorder)
        assert result.merged_model is None and words in result.merge.refused
        assert any(event.startswith("Not merged.") and "The adapter is intact" in event for event in recorder.events)
        assert load_model(locate(result.adapter))
        assert not list(Path(spec.output_dir).glob("*merged_model*"))
