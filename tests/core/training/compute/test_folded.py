"""Folded layers give the model's own output, and leave no trace once the block ends."""

import pytest
import torch
from peft.tuners.lora import LoraLayer

from core.training.compute import folded as module
from core.training.compute.folded import folded
from core.training.compute.fused_lora import fuse_lora
from tests.core.training.compute.test_fused_lora import _model

IDS = torch.arange(24).view(2, 12)


@pytest.mark.parametrize("four_bit", [False, True])
@torch.no_grad()
def test_a_folded_model_gives_the_same_logits_and_is_put_back(four_bit):
    model = _model(torch.bfloat16 if four_bit else torch.float32, four_bit=four_bit).eval()
    fuse_lora(model)
    before = model(IDS).logits
    with folded(model):
        inside = model(IDS).logits
        with model.disable_adapter():
            assert torch.equal(model(IDS).logits, inside), "nothing was folded: the adapter can be switched off"
    assert torch.equal(model(IDS).logits, before)
    torch.testing.assert_close(inside, before, rtol=0.05 if four_bit else 1e-5, atol=0.05 if four_bit else 1e-5)


@pytest.mark.parametrize(("dtype", "is_small"), [(torch.float32, False), (torch.bfloat16, True)])
@torch.no_grad()
def test_a_model_is_folded_if_its_weights_are_small_in_the_dtype_it_computes_in(dtype, is_small, monkeypatch):
    model = _model(dtype).eval()
    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer)]
    monkeypatch.setattr(
        module, "MOST_FOLDED_BYTES", 2 * sum(layer.in_features * layer.out_features for layer in layers)
    )
    own = [layer.forward for layer in layers]
    with folded(model):
        assert [layer.forward != before for layer, before in zip(layers, own, strict=True)] == [is_small] * len(layers)


@torch.no_grad()
def test_in_bfloat16_an_adapter_smaller_than_the_rounding_of_its_base_counts_in_answers():
    model = _model(torch.bfloat16).eval()
    layer = model.get_base_model().model.layers[0].mlp.up_proj
    torch.nn.init.constant_(layer.lora_B["default"].weight, 1e-5)
    x = torch.randn(20_000, 64, generator=torch.Generator().manual_seed(3)).bfloat16()
    exact = x.float() @ layer.base_layer.weight.float().T
    adapter = 2 * (x.float() @ layer.lora_A["default"].weight.T) @ layer.lora_B["default"].weight.T
    with folded(model):
        change = layer(x).float() - exact
    assert adapter.abs().mean() < exact.abs().mean() / 1_000
    counted = (change * adapter).sum() / (adapter * adapter).sum()  # 1: all of it, but for rounding either way
    assert counted.item() == pytest.approx(1, abs=0.2)


def test_layers_are_put_back_after_an_error():
    model = _model(torch.float32).eval()
    with pytest.raises(RuntimeError), folded(model):
        raise RuntimeError
    assert not any("forward" in layer.__dict__ for layer in model.modules())
