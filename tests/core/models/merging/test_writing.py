"""Merging tensor by tensor leaves what PEFT's merging of a whole model leaves, bit for bit."""

import pytest
import torch

from core.models.adapters import put_adapter
from core.models.loading import load_model
from core.models.merging.skeleton import can_be_streamed
from core.models.merging.streaming import open_streamed
from core.models.merging.writing import own_dtype, write_by_tensor
from core.models.references import locate
from tests.core.models.merging.made import TEXTS, bases, make_adapter


@pytest.fixture(scope="module")
def base(tiny_model, tmp_path_factory):
    return bases(tiny_model, tmp_path_factory.mktemp("bases"))


ADAPTERS = {
    "LoRA": ("tiny", {}),
    "rsLoRA": ("tiny", {"use_rslora": True, "lora_alpha": 32}),
    "DoRA": ("tiny", {"use_dora": True}),
    "patterns": ("tiny", {"rank_pattern": {"q_proj": 8}, "alpha_pattern": {"down_proj": 2}}),
    "tied head": ("tiny", {"target_modules": ["q_proj", "lm_head"]}),
    "tied embedding": ("tiny", {"target_modules": ["q_proj", "embed_tokens"]}),
    "modules to save": ("tiny", {"modules_to_save": ["lm_head", "norm"]}),
    "saved embedding": ("tiny", {"modules_to_save": ["embed_tokens"]}),
    "both ends saved": ("tiny", {"modules_to_save": ["embed_tokens", "lm_head"]}),
    "trained tokens": ("tiny", {"trainable_token_indices": [3, 5]}),
    "bfloat16, sharded": ("bfloat16, sharded", {}),
    "bfloat16 DoRA": ("bfloat16, sharded", {"use_dora": True, "modules_to_save": ["lm_head"]}),
    "with images": ("with images", {}),
    "Conv1D": ("gpt2", {"target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True, "lora_bias": True}),
    "Conv1D DoRA": ("gpt2", {"target_modules": ["c_fc", "wte"], "fan_in_fan_out": True, "use_dora": True}),
}


@pytest.fixture(params=ADAPTERS)
def adapter(request, base, tmp_path):
    """The folder of a base, and the location of an adapter for it."""
    kind, lora = ADAPTERS[request.param]
    return base[kind], locate(str(make_adapter(base[kind], tmp_path / "adapter", **lora)))


def weights(folder) -> dict[str, torch.Tensor]:
    return load_model(locate(str(folder)), dtype=str(own_dtype(folder)).removeprefix("torch.")).state_dict()


def assert_same(found: dict, wanted: dict):
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if not torch.equal(found[name], wanted[name])] == []


def test_weights_are_those_of_peft(adapter, tmp_path):
    base, location = adapter
    out = tmp_path / "merged"
    out.mkdir()
    assert can_be_streamed(location)
    write_by_tensor(location, out, "float32", "original")
    wanted = load_model(location, dtype=str(own_dtype(base)).removeprefix("torch.")).merge_and_unload().state_dict()
    assert_same(weights(out), wanted)
    assert own_dtype(out) == own_dtype(base)
    assert {path.name for path in base.glob("*.safetensors*")} == {path.name for path in out.glob("*.safetensors*")}


def test_a_streamed_model_answers_as_the_loaded_one(adapter):
    _, location = adapter
    streamed, loaded = open_streamed(location, "float32"), load_model(location)
    with torch.no_grad():
        for ids in TEXTS:
            found, wanted = (model(torch.tensor([ids])).logits for model in (streamed, loaded))
            assert torch.allclose(found, wanted, atol=1e-5)
    in_memory = {name for name, weight in streamed.named_parameters() if not weight.is_meta}
    assert all("lora_" in name or "modules_to_save" in name or "trainable_tokens" in name for name in in_memory), (
        in_memory
    )


@pytest.mark.parametrize(
    ("kind", "lora"),
    [("tiny", {}), ("bfloat16, sharded", {"use_dora": True}), ("gpt2", {"target_modules": ["c_attn"]})],
    ids=["LoRA", "DoRA", "Conv1D"],
)
def test_dequantized_weights_are_those_that_bitsandbytes_loads(base, tmp_path, kind, lora):
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    location = locate(str(make_adapter(base[kind], tmp_path / "adapter", **lora)))
    out = tmp_path / "merged"
    out.mkdir()
    write_by_tensor(location, out, "float32", "dequantized")
    plain, quantized = load_model(locate(str(base[kind]))), load_model(locate(str(base[kind])), four_bit=True)
    layers = {name: layer for name, layer in quantized.named_modules() if isinstance(layer, Linear4bit)}
    assert layers
    for name, layer in layers.items():
        weight = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
        with torch.no_grad():
            plain.get_submodule(name).weight.copy_(weight.T if kind == "gpt2" else weight)
    wanted = put_adapter(plain, tmp_path / "adapter", trainable=False).merge_and_unload().to(own_dtype(base[kind]))
    assert_same(weights(out), wanted.state_dict())
    trained = load_model(location, four_bit=True)
    streamed = open_streamed(location, "float32", four_bit=True)
    ids = torch.tensor(TEXTS[:1])
    with torch.no_grad():
        assert torch.allclose(streamed(ids).logits, trained(ids).logits, atol=1e-4)
