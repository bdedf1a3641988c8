"""In every family that is packed, packed rows give the losses and gradients of padded batches."""

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from core.forecast.setup import PACKED_FAMILIES
from core.training.compute import attention
from core.training.compute.loss import answer_loss
from core.training.compute.packing import pack, packed_attention
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


@pytest.mark.parametrize("family", sorted(PACKED_FAMILIES))
def test_what_all_examples_begin_with_is_computed_once(family):
    model, draw = _model(family), np.random.default_rng(4)
    beginning = draw.integers(1, 97, 9)
    texts = [np.concatenate([beginning, [number], draw.integers(1, 97, 8 + 5 * number)]) for number in range(3)]
    examples = [TokenizedExample(ids, 12 + number) for number, ids in enumerate(texts)]
    expected, gradient = _loss_and_gradient(model, padded(examples, model.device))
    assert pack(model)
    batch = packed(examples, model.device)
    assert batch.inputs["input_ids"].shape[1] == sum(map(len, texts)) - 2 * 9
    found, packed_gradient = _loss_and_gradient(model, batch)
    assert found == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(packed_gradient, gradient, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("prompts", "shared"), [((9, 12), 5), ((3, 9), 2), ((1, 1), 0)])
def test_an_example_keeps_the_token_before_its_first_learned_one(prompts, shared):
    ids = np.arange(1, 20)
    other = np.where(ids > 5, ids + 20, ids)
    examples = [TokenizedExample(ids, prompts[0]), TokenizedExample(other, prompts[1])]
    inputs, labels, _ = packed(examples, torch.device("cpu"))
    assert inputs["shared"] == shared
    assert labels[0].tolist() == [*ids[prompts[0] :], *other[prompts[1] :]]
    assert inputs["position_ids"][0].tolist() == [*range(19), *range(shared, 19)]


@pytest.mark.parametrize("length", [30, 600])
@pytest.mark.parametrize("window", [None, 12])
def test_attention_by_hand_equals_other_ways(length, window, monkeypatch):
    monkeypatch.setattr(attention, "LONGEST_BY_PRODUCTS", 100)  # longer ones are computed again
    torch.manual_seed(5)
    inputs = [torch.randn(1, heads, 3 * length + 10, 8, requires_grad=True) for heads in (4, 2, 2)]
    layout = {"segments": [(10, 20), (20, 20 + length), (20 + length, 3 * length + 10)], "shared": 10}
    found, gradients = {}, {}
    for dropout in (0.0, 1e-12):  # which no weight falls to, but is not done by hand
        out, _ = packed_attention(None, *inputs, None, dropout=dropout, sliding_window=window, **layout)
        gradients[dropout] = torch.autograd.grad(out.square().sum(), inputs)
        found[dropout] = out
    torch.testing.assert_close(found[0.0], found[1e-12], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradients[0.0], gradients[1e-12], rtol=1e-3, atol=1e-4)


def test_attention_in_bfloat16_is_close_to_that_in_float32():
    torch.manual_seed(5)
    exact = [torch.randn(1, heads, 200, 8) for heads in (4, 2, 2)]
    rounded = [part.bfloat16().requires_grad_() for part in exact]
    layout = {"segments": [(40, 150), (150, 200)], "shared": 40}
    with torch.autocast("cpu", torch.bfloat16):
        out, _ = packed_attention(None, *rounded, None, **layout)
    expected, _ = packed_attention(None, *exact, None, **layout)
    torch.testing.assert_close(out.float(), expected, rtol=0.05, atol=0.03)
    assert all(part.isfinite().all() for part in torch.autograd.grad(out.sum(), rounded))


def test_families_with_other_paths_between_tokens_stay_padded():
    assert not pack(_model("gpt2"))
