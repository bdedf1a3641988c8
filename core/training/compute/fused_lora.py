"""LoRA in bfloat16 without losing small updates: base and adapter are summed before they are rounded.

PEFT adds the adapter's output to the base's output after that was rounded to bfloat16. Anything smaller than half a
unit in the last place (1/512 of the value) is lost, and early in training that is most of an adapter: over the first 60
steps of SmolLM2 the mean loss was 0.6 % above float32's. Here both are one matrix product, [x, z] [W, B]ᵀ with z = A x,
which the processor sums in float32.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import Dropout, Linear, Module
from torch.nn.functional import linear, pad

from core.training.compute.blocks import is_by_hand

if TYPE_CHECKING:
    from bitsandbytes.nn import Params4bit
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

FusedWeight = Callable[[Tensor, bool], Tensor]
"""Takes B, (outputs, rank), and whether this is the backward pass; returns [W, B], (outputs, inputs + rank)."""


def fuse_lora(model: "PeftModel") -> None:
    """Replace the forward pass of LoRA layers whose base computes in bfloat16 on a CPU; other layers keep PEFT's.

    So do those of blocks that `compute_by_hand` has taken over. The base's weights may be held in bfloat16 or NF4.
    Weights, their names and what is saved do not change; memory grows by the adapter's B in bfloat16.
    """
    from peft.tuners.lora import LoraLayer

    by_hand = {layer for block in model.modules() if is_by_hand(block) for layer in block.modules()}
    for layer in model.modules():
        if layer in by_hand or not isinstance(layer, LoraLayer):
            continue
        if _is_plain(layer) and (weight := _fused_weight(layer)):
            layer.forward = partial(_forward, layer, weight)


def _is_plain(layer: "LoraLayer") -> bool:
    """Whether a layer has one adapter, and that is LoRA itself: its variants (DoRA) compute otherwise."""
    return len(layer.active_adapters) == 1 and not layer.lora_variant


def _fused_weight(layer: "LoraLayer") -> FusedWeight | None:
    """The fused weight of a layer; None for layers that are not fused."""
    from bitsandbytes.nn import Linear4bit

    base = layer.base_layer
    if base.weight.device.type != "cpu":
        return None
    if type(base) is Linear and base.weight.dtype == torch.bfloat16:
        [adapter] = layer.active_adapters
        return partial(_written_into, _with_room(base, layer.r[adapter]))
    if isinstance(base, Linear4bit) and base.compute_dtype == torch.bfloat16:
        return partial(_dequantized, base.weight)
    return None


def _with_room(base: Linear, rank: int) -> Tensor:
    """A copy of the base's weight with `rank` more columns. The base's own weight becomes a view into it."""
    outputs, inputs = base.weight.shape
    joined = base.weight.new_empty(outputs, inputs + rank)
    joined[:, :inputs] = base.weight.detach()
    base.weight.data = joined[:, :inputs]
    return joined


def _written_into(joined: Tensor, b: Tensor, backward: bool) -> Tensor:
    if not backward:  # B has not changed since the forward pass
        joined[:, -b.shape[1] :] = b
    return joined


def _dequantized(weight: "Params4bit", b: Tensor, backward: bool) -> Tensor:
    from bitsandbytes.functional import dequantize_4bit

    whole = dequantize_4bit(weight.data, weight.quant_state)
    return torch.cat([whole.bfloat16(), b.bfloat16()], 1)


def _forward(layer: Module, weight: FusedWeight, x: Tensor) -> Tensor:
    """The layer's output, (…, outputs) in bfloat16, for `x`, (…, inputs)."""
    [adapter] = layer.active_adapters
    a, b = layer.lora_A[adapter].weight, layer.lora_B[adapter].weight
    if layer.disable_adapters:  # as a reference that learning is held to: rounded as the model is
        return linear(pad(x.bfloat16(), (0, len(a))), weight(b, False), layer.base_layer.bias)
    dropout, x = layer.lora_dropout[adapter], x.bfloat16()
    dropped = dropout(x) if isinstance(dropout, Dropout) and dropout.training else None
    return _FusedLora.apply(x, dropped, a, b, weight, layer.scaling[adapter], layer.base_layer.bias)


class _FusedLora(Function):
    """[x, z] [W, B]ᵀ + bias with z = scaling A x, and the gradients of x, A and B.

    Written by hand: a layer of a small model is so fast that every extra autograd operation shows. With LoRA dropout, A
    sees `dropped` instead of x.
    """

    @staticmethod
    def forward(
        ctx, x: Tensor, dropped: Tensor | None, a: Tensor, b: Tensor, weight: FusedWeight, scaling: float,
        bias: Tensor | None,
    ) -> Tensor:  # fmt: skip
        a = a.bfloat16()
        z = linear(x if dropped is None else dropped, a).mul_(scaling)
        both = torch.cat([x, z], -1)
        ctx.save_for_backward(both, dropped, a, b)
        ctx.weight, ctx.scaling = weight, scaling
        return linear(both, weight(b, False), bias)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        both, dropped, a, b = ctx.saved_tensors
        shape, inputs = both.shape[:-1], both.shape[-1] - len(a)
        both, grad = both.flatten(0, -2), grad.flatten(0, -2)
        x, z = both[:, :inputs], both[:, inputs:]
        of_both = grad @ ctx.weight(b, True)
        of_x, of_z = of_both[:, :inputs], of_both[:, inputs:] * ctx.scaling
        of_b = (grad.T @ z).float()
        of_a = (of_z.T @ (x if dropped is None else dropped.flatten(0, -2))).float()
        of_dropped = None
        if dropped is not None:
            of_dropped = (of_z @ a).view(*shape, inputs)
        elif ctx.needs_input_grad[0]:
            of_x = torch.addmm(of_x, of_z, a)
        return of_x.reshape(*shape, inputs), of_dropped, of_a, of_b, None, None, None
