"""Adapters of each kind: which weights they have, how fast each learns, and that none changes the model at first."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.specs import TrainSpec
from core.training.trained.adapter import Adapter, with_new_adapter
from core.training.trained.trained import weights_of


def _model() -> LlamaForCausalLM:
    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=97, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, pad_token_id=0,
        )
    ).eval()  # fmt: skip


def _adapter(**values) -> Adapter:
    spec = TrainSpec(name="run", output_dir="/run", dataset="/data", lora_r=4, lora_alpha=8, **values)
    return Adapter(with_new_adapter(_model(), spec), "float32", spec.lora_plus_ratio)


@pytest.mark.parametrize("values", [{}, {"use_rslora": True}, {"use_dora": True}], ids=["LoRA", "rsLoRA", "DoRA"])
def test_a_new_adapter_changes_nothing_and_learns(values):
    ids = torch.arange(12)[None]
    adapter = _adapter(**values)
    with torch.no_grad():
        torch.testing.assert_close(adapter.model(ids).logits, _model()(ids).logits, atol=1e-6, rtol=1e-5)
    adapter.model(ids).logits.square().sum().backward()
    assert all(weight.grad is not None for _, weight in weights_of(adapter.model))


def test_rslora_scales_by_the_root_of_the_rank_and_dora_has_magnitudes():
    def first(adapter):
        return adapter.model.get_base_model().model.layers[0].self_attn.q_proj

    assert first(_adapter()).scaling["default"] == 2 and first(_adapter(use_rslora=True)).scaling["default"] == 4
    names = {name for name, _ in weights_of(_adapter(use_dora=True).model)}
    assert any("lora_magnitude_vector" in name for name in names)


def test_with_lora_plus_every_b_learns_faster():
    adapter = _adapter(lora_plus_ratio=16, use_dora=True)
    names = {id(weight): name for name, weight in weights_of(adapter.model)}
    slow, fast = adapter.groups(weight_decay=0.1)
    assert (slow["rate"], fast["rate"]) == (1, 16)
    assert {"lora_B" in names[id(weight)] for weight in fast["params"]} == {True}
    assert {"lora_B" in names[id(weight)] for weight in slow["params"]} == {False}
    assert len(slow["params"]) + len(fast["params"]) == len(names)
    [whole] = _adapter().groups(weight_decay=0.1)
    assert whole["rate"] == 1
