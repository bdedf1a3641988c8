"""Decoder blocks computed by hand give the losses and gradients of Transformers and PEFT, for what they fit."""

import copy

import numpy as np
import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from core.training.compute import blocks as module
from core.training.compute import loss
from core.training.compute.blocks import compute_by_hand
from core.training.compute.loss import answer_loss
from core.training.compute.packing import pack, unpacked
from core.training.objectives.batches import packed, padded
from core.training.objectives.examples import TokenizedExample

_SHARED = 7


def _model(family: str = "llama", four_bit: bool = False, dtype: torch.dtype = torch.float32, **lora):
    torch.manual_seed(1)
    window = {"sliding_window": 9} if family == "mistral" else {}
    config = AutoConfig.for_model(
        family, vocab_size=97, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, pad_token_id=0, **window,
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
                layer.in_features, layer.out_features, layer.bias is not None, torch.float32, quant_type="nf4"
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
    return any("forward" in layer.__dict__ for layer in model.get_base_model().model.layers)


@pytest.mark.parametrize(
    ("family", "four_bit", "most_bytes"),
    [
        ("llama", False, 0),
        ("mistral", False, 0),  # with a sliding window
        ("qwen2", False, 0),  # with biases
        ("llama", True, 1 << 30),  # dequantized once
        ("llama", True, 0),  # dequantized at each use
    ],
)
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


@pytest.mark.parametrize(
    "other", [{"lora_dropout": 0.1}, {"use_dora": True}, {"target_modules": ["q_proj"]}, {"dtype": torch.bfloat16}]
)
def test_other_layers_keep_the_models_own_way(other):
    model = _model(**other)
    compute_by_hand(model.get_base_model())
    assert not _is_by_hand(model)
