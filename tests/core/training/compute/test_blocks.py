"""Decoder blocks computed by hand give the losses and gradients of Transformers and PEFT, for what they fit."""

import copy

import numpy as np
import pytest
import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from core.training.compute import blocks as module
from core.training.compute import loss
from core.training.compute.blocks import compute_by_hand, is_by_hand
from core.training.compute.joined import JoinedLora
from core.training.compute.loss import answer_loss
from core.training.compute.packing import pack, unpacked
from core.training.objectives.batches import draws_numbers, packed, padded
from core.training.objectives.examples import TokenizedExample
from core.training.trained.forward import compute_in

_SHARED = 7


def _model(
    family: str = "llama", four_bit: bool = False, dtype: torch.dtype = torch.float32, attention_dropout=0.0, **lora
):
    torch.manual_seed(1)
    window = {"sliding_window": 9} if family == "mistral" else {}
    config = AutoConfig.for_model(
        family, vocab_size=97, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, pad_token_id=0, attention_dropout=attention_dropout, **window,
    )  # fmt: skip
    base = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")
    if four_bit:
        _hold_in_nf4(base)
    for name, weight in base.named_parameters():
        if name.endswith(("norm.weight", "bias")):
            torch.nn.init.normal_(weight, 1, 0.2)
    settings = {"r": 4, "lora_alpha": 6, "target_modules": "all-linear"} | lora
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model.train()


def _hold_in_nf4(base) -> None:
    for name, layer in list(base.model.layers.named_modules()):
        if isinstance(layer, torch.nn.Linear):
            small = Linear4bit(
                layer.in_features, layer.out_features, layer.bias is not None, base.dtype, quant_type="nf4"
            )
            small.support_avx512bf16_for_cpu = False
            small.load_state_dict(layer.state_dict())
            base.model.layers.set_submodule(name, small.to("cpu"))


def _examples(*lengths: int) -> list[TokenizedExample]:
    draw = np.random.default_rng(3)
    beginning = draw.integers(1, 97, _SHARED)
    texts = (np.concatenate([beginning, [number], draw.integers(1, 97, rest)]) for number, rest in enumerate(lengths))
    return [TokenizedExample(ids, _SHARED + 1 + number) for number, ids in enumerate(texts)]


def _loss_and_gradients(model, batch):
    model.zero_grad()
    total, hits = answer_loss(model, batch)
    (total / 3).backward()
    gradients = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    return total.item(), hits.item(), gradients


def _is_by_hand(model) -> bool:
    return any(map(is_by_hand, model.get_base_model().model.layers))


_KINDS = pytest.mark.parametrize(
    ("family", "four_bit", "most_bytes"),
    [
        ("llama", False, 0),
        ("mistral", False, 0),  # with a sliding window
        ("qwen2", False, 0),  # with biases
        ("llama", True, 1 << 30),  # dequantized once
        ("llama", True, 0),  # dequantized at each use
    ],
)


@_KINDS
def test_losses_and_gradients_equal_those_of_the_models_own_way(family, four_bit, most_bytes, monkeypatch):
    monkeypatch.setattr(module, "MOST_EXPANDED_BYTES", most_bytes)
    monkeypatch.setattr(loss, "ROWS_OF_LOGITS", 50)
    model, examples = _model(family, four_bit), _examples(20, 150, 5)  # 150 is more than a block of queries
    with monkeypatch.context() as whole:
        whole.setattr(loss, "_ends_in_product", lambda _: False)
        expected, hits, gradients = _loss_and_gradients(model, padded(examples, model.device))
    assert pack(model.get_base_model())
    compute_by_hand(model.get_base_model())
    assert _is_by_hand(model)
    batch = packed(examples, model.device)
    assert batch.inputs["shared"] == _SHARED
    found, found_hits, found_gradients = _loss_and_gradients(model, batch)
    assert found == pytest.approx(expected, rel=1e-5)
    assert found_hits == hits
    assert found_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(found_gradients[name], gradient, rtol=1e-3, atol=1e-4, msg=name)


def _in_float32(model):
    """A copy that computes in float32 with the same weights; those in NF4 are dequantized."""
    exact = copy.deepcopy(model)
    for name, layer in list(exact.named_modules()):
        if isinstance(layer, Linear4bit):
            plain = torch.nn.Linear(layer.in_features, layer.out_features, layer.bias is not None)
            plain.weight = torch.nn.Parameter(dequantize_4bit(layer.weight.data, layer.weight.quant_state), False)
            plain.bias = layer.bias
            exact.set_submodule(name, plain)
    return exact.float()


def _error(gradients: dict, exact: dict) -> float:
    """The length of the difference over the length of the exact gradient."""
    off = sum((gradients[name] - gradient).square().sum() for name, gradient in exact.items())
    return (off / sum(gradient.square().sum() for gradient in exact.values())).sqrt().item()


@_KINDS
def test_in_bfloat16_they_are_at_least_as_near_to_float32_as_the_models_own_way(
    family, four_bit, most_bytes, monkeypatch
):
    monkeypatch.setattr(module, "MOST_EXPANDED_BYTES", most_bytes)
    monkeypatch.setattr(loss, "ROWS_OF_LOGITS", 50)
    model, examples = _model(family, four_bit, torch.bfloat16), _examples(20, 150, 5)
    with monkeypatch.context() as whole:
        whole.setattr(loss, "_ends_in_product", lambda _: False)
        expected, _, exact = _loss_and_gradients(_in_float32(model), padded(examples, model.device))
        compute_in(model.get_base_model(), "bfloat16")
        _, _, own = _loss_and_gradients(model, padded(examples, model.device))
    assert pack(model.get_base_model())
    compute_by_hand(model.get_base_model())
    assert _is_by_hand(model)
    found, _, gradients = _loss_and_gradients(model, packed(examples, model.device))
    assert found == pytest.approx(expected, rel=2e-3)
    assert gradients.keys() == exact.keys()
    assert all(gradient.dtype == torch.float32 for gradient in gradients.values())
    assert _error(gradients, exact) < 1.1 * _error(own, exact)


def test_in_bfloat16_an_adapter_smaller_than_the_rounding_of_its_base_counts():
    layer = _model(dtype=torch.bfloat16).get_base_model().model.layers[0].mlp.up_proj
    torch.nn.init.constant_(layer.lora_B["default"].weight, 1e-5)
    x = torch.randn(20_000, 64, generator=torch.Generator().manual_seed(3)).bfloat16()
    exact = x.float() @ layer.base_layer.weight.float().T
    adapter = 1.5 * (x.float() @ layer.lora_A["default"].weight.T) @ layer.lora_B["default"].weight.T
    joined = JoinedLora([layer], torch.bfloat16, expand=False)
    both = joined.empty(len(x))
    both[:, :64] = x
    with torch.no_grad():
        change = joined.forward(both, joined.a, joined.b).float() - exact
    assert adapter.abs().mean() < exact.abs().mean() / 1_000
    counted = (change * adapter).sum() / (adapter * adapter).sum()  # 1: all of it, but for rounding either way
    assert counted.item() == pytest.approx(1, abs=0.2)


def test_weights_their_names_and_answers_do_not_change():
    model, ids = _model(), torch.arange(1, 13)[None]
    before = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        logits = model(ids).logits
        compute_by_hand(model.get_base_model())
        pack(model.get_base_model())
        with unpacked(model.get_base_model()):
            torch.testing.assert_close(model(ids).logits, logits)
    after = model.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_attention_dropout_that_the_base_asks_for_is_applied():
    model, examples = _model(attention_dropout=0.3), _examples(20, 150, 5)
    assert pack(model.get_base_model())
    compute_by_hand(model.get_base_model())
    first, again = (answer_loss(model, packed(examples, model.device, share=False))[0].item() for _ in range(2))
    assert first != again, "nothing was dropped"
    assert draws_numbers(model)


@pytest.mark.parametrize(
    "other", [{"lora_dropout": 0.1}, {"use_dora": True}, {"target_modules": ["q_proj"]}, {"dtype": torch.float16}]
)
def test_other_layers_keep_the_models_own_way(other):
    model = _model(**other)
    compute_by_hand(model.get_base_model())
    assert not _is_by_hand(model)
