"""LoRA folded into copies of its layers' weights for a while: reading token by token is then a third of the work.

Answers of a small model are nearly all overhead: for each token and layer, PEFT computes three products and dequantizes
the base's weight. Nothing is trained while layers are folded, and the base's own weights are not touched.

A sum W + B A in 16 bits would lose a small adapter: early in training most of B A is smaller than half a unit in the
last place of W. There A stays apart, and the copy is [W, B], which multiplies [x, A x].
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import Linear, Module
from torch.nn.functional import linear

from core.forecast.setup import MOST_FOLDED_BYTES

if TYPE_CHECKING:
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer


@contextmanager
def folded(model: "PeftModel") -> Iterator[None]:
    """Each plain LoRA layer as one matrix product until the end of the block, if copies of all of them are small.

    In 16 bits they are two.
    """
    from peft.tuners.lora import LoraLayer

    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer) and is_plain(layer)]
    if sum(layer.in_features * layer.out_features * _dtype(layer).itemsize for layer in layers) > MOST_FOLDED_BYTES:
        layers = []
    own = [layer.__dict__.get("forward") for layer in layers]
    try:
        for layer in layers:
            layer.forward = _folded(layer)
        yield
    finally:
        for layer, forward in zip(layers, own, strict=True):
            layer.__dict__.pop("forward", None)
            if forward:
                layer.forward = forward


def is_plain(layer: "LoraLayer") -> bool:
    """Whether the layer's output is that of one weight: a linear base, held plainly or in 4 bits, and one LoRA."""
    from bitsandbytes.nn import Linear4bit

    base: Module = layer.base_layer
    return (
        (type(base) is Linear or isinstance(base, Linear4bit))
        and len(layer.active_adapters) == 1
        and not layer.lora_variant  # such as DoRA
        and not any(layer.lora_bias.values())
    )


def _dtype(layer: "LoraLayer") -> torch.dtype:
    """What the layer's base computes in."""
    base = layer.base_layer
    if quantized := getattr(base.weight, "quant_state", None):
        return base.compute_dtype or quantized.dtype
    return base.weight.dtype


@torch.no_grad()
def _folded(layer: "LoraLayer") -> Callable[[Tensor], Tensor]:
    """The layer's forward pass over a copy of its weights: W + scaling B A, or [W, scaling B] in 16 bits."""
    from bitsandbytes.functional import dequantize_4bit

    [adapter] = layer.active_adapters
    base, dtype = layer.base_layer, _dtype(layer)
    weight = base.weight
    if quantized := getattr(weight, "quant_state", None):
        weight = dequantize_4bit(weight.data, quantized)
    if dtype == torch.float32:
        return partial(linear, weight=weight + layer.get_delta_weight(adapter), bias=base.bias)
    a, b = layer.lora_A[adapter].weight.to(dtype), (layer.lora_B[adapter].weight * layer.scaling[adapter]).to(dtype)
    return partial(_beside, a, torch.cat([weight.to(dtype), b], 1), base.bias)


def _beside(a: Tensor, both: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    """[x, A x] [W, B]ᵀ + bias: base and adapter are summed before they are rounded."""
    x = x.to(a.dtype)
    return linear(torch.cat([x, linear(x, a)], -1), both, bias)
