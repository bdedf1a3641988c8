"""Folded layers give the model's own output, and leave no trace once the block ends."""

import pytest
import torch

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
    assert torch.equal(model(IDS).logits, before)
    assert not torch.equal(inside, before), "nothing was folded"
    torch.testing.assert_close(inside, before, rtol=0.05 if four_bit else 1e-5, atol=0.05 if four_bit else 1e-5)


@torch.no_grad()
def test_a_large_model_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(module, "MOST_FOLDED_BYTES", 1000)
    model = _model(torch.float32).eval()
    before = model(IDS).logits
    with folded(model):
        assert torch.equal(model(IDS).logits, before)


def test_layers_are_put_back_after_an_error():
    model = _model(torch.float32).eval()
    with pytest.raises(RuntimeError), folded(model):
        raise RuntimeError
    assert not any("forward" in layer.__dict__ for layer in model.modules())
