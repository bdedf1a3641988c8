"""LoRA folded into copies of its layers' weights for a while: reading token by token is then a third of the work.

Answers of a small model are nearly all overhead: for each token and layer, PEFT computes three products and dequantizes
the base's weight. Nothing is trained while layers are folded, and the base's own weights are not touched.
"""

from collections.abc import Iterator
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
    """Each plain LoRA layer as one matrix product until the end of the block, if copies of all of them are small."""
    from peft.tuners.lora import LoraLayer

    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer) and is_plain(layer)]
    if 4 * sum(layer.in_features * layer.out_features for layer in layers) > MOST_FOLDED_BYTES:
        layers = []
    own = [layer.__dict__.get("forward") for layer in layers]
    try:
        for layer in layers:
            layer.forward = partial(linear, weight=_folded(layer), bias=layer.base_layer.bias)
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


@torch.no_grad()
def _folded(layer: "LoraLayer") -> Tensor:
    """W + scaling B A, (outputs, inputs), in the dtype that the base computes in."""
    from bitsandbytes.functional import dequantize_4bit

    [adapter] = layer.active_adapters
    weight, dtype = layer.base_layer.weight, layer.base_layer.weight.dtype
    if quantized := getattr(weight, "quant_state", None):
        weight, dtype = dequantize_4bit(weight.data, quantized), layer.base_layer.compute_dtype or quantized.dtype
    return (weight + layer.get_delta_weight(adapter)).to(dtype)
