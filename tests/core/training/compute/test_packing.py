"""In every family that is packed, packed rows give the losses and gradients of padded batches."""

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from core.forecast.setup import PACKED_FAMILIES
from core.training.compute.loss import answer_loss
from core.training.compute.packing import pack
from core.training.objectives.batches import packed, padded
from core.training.objectives.examples import TokenizedExample

_SMALL = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 1024, "pad_token_id": 0,
}  # fmt: skip
_WINDOWS = {"mistral": {"sliding_window": 6}, "gemma3_text": {"sliding_window": 6}, "gpt_neox": {"head_dim": None}}


def _model(family: str):
    torch.manual_seed(1)
    config = AutoConfig.for_model(family, **_SMALL | _WINDOWS.get(family, {}))
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="sdpa").train()


def _examples(*lengths: int) -> list[TokenizedExample]:
    draw = np.random.default_rng(3)
    turns = np.arange(lengths[0]) % 3 == 2
    several = TokenizedExample(draw.integers(1, 97, lengths[0]), 2, counts=turns)  # a conversation: many answers
    return [several, *(TokenizedExample(draw.integers(1, 97, length), length // 2) for length in lengths[1:])]


def _loss_and_gradient(model, batch):
    model.zero_grad()
    loss, _ = answer_loss(model, batch)
    loss.backward()
    return loss.item(), torch.cat([weight.grad.flatten() for weight in model.parameters() if weight.grad is not None])


@pytest.mark.parametrize("family", sorted(PACKED_FAMILIES))
def test_packed_examples_give_the_gradients_of_padded_ones(family):
    model, examples = _model(family), _examples(11, 24, 5)
    expected, gradient = _loss_and_gradient(model, padded(examples, model.device))
    assert pack(model)
    found, packed_gradient = _loss_and_gradient(model, packed(examples, model.device))
    assert found == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(packed_gradient, gradient, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("lengths", [(20, 700), (90, 4, 3, 5)])
@pytest.mark.parametrize("family", ["llama", "mistral"])
def test_long_examples_and_very_unequal_ones_are_packed_too(family, lengths):
    model, examples = _model(family), _examples(*lengths)
    expected, _ = _loss_and_gradient(model, padded(examples, model.device))
    assert pack(model)
    assert _loss_and_gradient(model, packed(examples, model.device))[0] == pytest.approx(expected, rel=1e-5)


def test_families_with_other_paths_between_tokens_stay_padded():
    assert not pack(_model("gpt2"))
