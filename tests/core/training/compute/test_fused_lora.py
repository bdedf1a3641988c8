"""Fused LoRA layers: small updates count, gradients equal PEFT's, and saved weights do not change."""

import copy

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig, get_peft_model
from peft.utils.integrations import dequantize_module_weight
from transformers import AutoConfig, AutoModelForCausalLM

from core.training.compute.fused_lora import fuse_lora


def _model(dtype: torch.dtype, dropout: float = 0.0, family: str = "llama", four_bit: bool = False):
    torch.manual_seed(1)
    config = AutoConfig.for_model(
        family, vocab_size=97, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, pad_token_id=0,
    )  # fmt: skip
    base = AutoModelForCausalLM.from_config(config, dtype=dtype)
    if four_bit:
        _hold_in_nf4(base)
    lora = LoraConfig(r=4, lora_alpha=8, lora_dropout=dropout, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(base, lora)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data = weight.data.float()
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    return model


def _hold_in_nf4(base) -> None:
    for name, layer in list(base.model.layers.named_modules()):
        if isinstance(layer, torch.nn.Linear):
            small = Linear4bit(
                layer.in_features, layer.out_features, layer.bias is not None, torch.bfloat16, quant_type="nf4"
            )
            small.support_avx512bf16_for_cpu = False
            small.load_state_dict(layer.state_dict())
            base.model.layers.set_submodule(name, small.to("cpu"))


def _loss_and_gradients(model, ids):
    model.zero_grad()
    torch.manual_seed(2)  # for dropout
    with torch.autocast("cpu", torch.bfloat16, enabled=model.get_base_model().dtype == torch.bfloat16):
        loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    return loss.item(), {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


@pytest.mark.parametrize("family", ["llama", "qwen2"])  # Qwen2's layers have a bias
@pytest.mark.parametrize(("dropout", "four_bit"), [(0.0, False), (0.2, False), (0.0, True)])
def test_loss_and_gradients_equal_pefts(dropout, four_bit, family):
    model, ids = _model(torch.bfloat16, dropout, family, four_bit), torch.arange(60).view(3, 20)
    expected, gradients = _loss_and_gradients(model, ids)
    fuse_lora(model)
    found, joined_gradients = _loss_and_gradients(model, ids)
    assert found == pytest.approx(expected, rel=5e-3)
    assert gradients.keys() == joined_gradients.keys()
    for name, gradient in gradients.items():
        assert joined_gradients[name].dtype == torch.float32
        assert torch.cosine_similarity(joined_gradients[name].flatten(), gradient.flatten(), 0) > 0.995, name


@pytest.mark.parametrize("four_bit", [False, True])
def test_an_adapter_smaller_than_the_rounding_of_its_base_counts(four_bit):
    model = _model(torch.bfloat16, four_bit=four_bit)
    layer = model.get_base_model().model.layers[0].mlp.up_proj
    torch.nn.init.constant_(layer.lora_B["default"].weight, 1e-5)
    x = torch.randn(20_000, 64, generator=torch.Generator().manual_seed(3)).bfloat16()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        exact = x.float() @ dequantize_module_weight(layer.base_layer).float().T
        adapter = 2 * (x.float() @ layer.lora_A["default"].weight.T) @ layer.lora_B["default"].weight.T
        fuse_lora(model)
        change = layer(x).float() - exact
    assert adapter.abs().mean() < exact.abs().mean() / 1_000
    counted = (change * adapter).sum() / (adapter * adapter).sum()  # 1: all of it, but for rounding either way
    assert counted == pytest.approx(1, abs=0.2)


def test_weights_and_their_names_do_not_change():
    model = _model(torch.bfloat16)
    before = copy.deepcopy(model.state_dict())
    fuse_lora(model)
    after = model.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_float32_layers_keep_pefts_forward_pass():
    model, ids = _model(torch.float32), torch.arange(60).view(3, 20)
    expected, _ = _loss_and_gradients(model, ids)
    fuse_lora(model)
    assert _loss_and_gradients(model, ids)[0] == expected


@pytest.mark.parametrize("four_bit", [False, True])
def test_without_its_adapter_a_fused_model_is_its_base(four_bit):
    model, ids = _model(torch.bfloat16, four_bit=four_bit), torch.arange(20)[None]
    with torch.no_grad(), model.disable_adapter():
        expected = model(input_ids=ids).logits
    fuse_lora(model)
    with torch.no_grad():
        with model.disable_adapter():
            assert torch.allclose(model(input_ids=ids).logits, expected, atol=1e-2)
        assert not torch.allclose(model(input_ids=ids).logits, expected, atol=1e-2)
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.zero_()
        with model.disable_adapter():
            base = model(input_ids=ids).logits
        assert torch.equal(model(input_ids=ids).logits, base), "a new adapter differs from its base by rounding"
