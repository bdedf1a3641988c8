"""A model's sizes follow from its config.json, whatever names its family uses, and agree with its real weights."""

import json
import shutil

import pytest

from core.forecast.shape import folder_here, shape_in, shape_of, shape_of_known
from core.models.catalogue import CATALOGUE, STARTER_FOLDER, find_in_catalogue


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.reference)
def test_the_catalogue_models_have_their_known_size(model):
    assert shape_of_known(model).parameters == pytest.approx(model.parameters, rel=0.01)


def test_a_local_model_is_read_from_its_config():
    shape, known = shape_of(str(STARTER_FOLDER)), find_in_catalogue("starter")
    assert (shape.layers, shape.width, shape.inner, shape.heads) == (known.layers, known.width, known.inner, 4)
    assert shape.parameters == pytest.approx(known.parameters, rel=0.001)
    assert shape_of("owner/unknown") is None


def test_a_hub_model_outside_the_catalogue_is_read_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert folder_here("acme/small") is None and shape_of("acme/small") is None
    snapshot, newest = (tmp_path / "models--acme--small" / name for name in ("snapshots/abc", "refs/main"))
    for folder in (snapshot, newest.parent):
        folder.mkdir(parents=True)
    newest.write_text("abc")
    shutil.copy(STARTER_FOLDER / "config.json", snapshot)
    assert folder_here("acme/small") is None  # a download that has not finished
    (snapshot / "model.safetensors").touch()
    assert folder_here("acme/small") == snapshot and shape_of("acme/small") == shape_of("starter")


@pytest.mark.parametrize(
    ("family", "sizes"),
    [
        ("gpt2", {"n_embd": 64, "n_layer": 3, "n_head": 4, "vocab_size": 100, "n_positions": 32}),
        ("gpt_neox", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
                      "vocab_size": 100, "tie_word_embeddings": False}),
        ("qwen3", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                   "head_dim": 32, "intermediate_size": 96, "vocab_size": 100}),
        ("mixtral", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                     "intermediate_size": 96, "vocab_size": 100, "num_local_experts": 4, "num_experts_per_tok": 2}),
        ("gemma3_text", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1,
                         "head_dim": 32, "intermediate_size": 96, "vocab_size": 100}),
    ],
)  # fmt: skip
def test_the_sizes_of_a_family_agree_with_its_weights(family, sizes):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(family, **sizes)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    read = shape_in(config.to_dict())
    assert read.parameters == pytest.approx(model.num_parameters(), rel=0.05)


def test_sizes_that_the_published_config_leaves_out_are_known():
    """Gemma 3 4B's config.json, which also describes a model of images, names four sizes of the language model."""
    text = {
        "hidden_size": 2560, "intermediate_size": 10_240, "model_type": "gemma3_text", "num_hidden_layers": 34,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
    }  # fmt: skip
    vision = {"hidden_size": 1152, "model_type": "siglip_vision_model", "num_hidden_layers": 27}
    found = shape_in({"model_type": "gemma3", "text_config": text, "vision_config": vision, "torch_dtype": "bfloat16"})
    known = find_in_catalogue("gemma-3-4b")
    assert found.parameters == pytest.approx(known.parameters, rel=0.001)
    assert (found.query_width, found.key_width, found.tied, found.family) == (2048, 1024, True, "gemma3_text")


def test_a_config_without_sizes_leaves_the_shape_unknown(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mamba", "hidden_size": 64}))
    (tmp_path / "model.safetensors").touch()
    assert shape_of(str(tmp_path)) is None
