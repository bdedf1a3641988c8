"""LoRA in bfloat16 without losing small steps: base and adapter are summed before they are rounded.

PEFT adds the adapter's output to the base's after that was rounded to bfloat16. What is smaller than half a unit in the
last place (1/512 of the value) is then lost, and at the start of training that is most of an adapter: over the first 60
steps of SmolLM2 the mean loss was 0.6 % above float32's. Here the two are one matrix product, [x, z] [W, B]ᵀ with
z = A x, which the processor sums in float32.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import Linear
from torch.nn.functional import linear


def join(model) -> None:
    """Let the LoRA layers of a PEFT model work so where the base computes in bfloat16 on a CPU; others stay PEFT's.

    The base's weights may be held in bfloat16 or NF4. They, their names, and what is saved stay the same; memory grows
    by the adapter's B in bfloat16.
    """
    from peft.tuners.lora import LoraLayer

    for layer in model.modules():
        if isinstance(layer, LoraLayer) and len(layer.active_adapters) == 1 and (weight := _joined_weight(layer)):
            layer.forward = partial(_forward, layer, weight)


def _joined_weight(layer) -> Callable[[Tensor], Tensor] | None:
    """What gives [W, B], outputs × (inputs + rank), for a B; None for layers that are not joined."""
    from bitsandbytes.nn import Linear4bit

    base = layer.base_layer
    if base.weight.device.type != "cpu":
        return None
    if type(base) is Linear and base.weight.dtype == torch.bfloat16:
        [adapter] = layer.active_adapters
        return partial(_written, _with_room(base, layer.r[adapter]))
    if isinstance(base, Linear4bit) and base.compute_dtype == torch.bfloat16:
        return partial(_expanded, base.weight)
    return None


def _with_room(base: Linear, rank: int) -> Tensor:
    """The base's weight with `rank` columns more, in which its own is from now on a view."""
    outputs, inputs = base.weight.shape
    joined = base.weight.new_empty(outputs, inputs + rank)
    joined[:, :inputs] = base.weight.detach()
    base.weight.data = joined[:, :inputs]
    return joined


def _written(joined: Tensor, b: Tensor) -> Tensor:
    joined[:, -b.shape[1] :] = b
    return joined


def _expanded(weight, b: Tensor) -> Tensor:
    from bitsandbytes.functional import dequantize_4bit

    whole = dequantize_4bit(weight.data, weight.quant_state)
    return torch.cat([whole.bfloat16(), b.bfloat16()], 1)


def _forward(layer, weight: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    [adapter] = layer.active_adapters
    z = layer.lora_A[adapter](layer.lora_dropout[adapter](x)) * layer.scaling[adapter]
    both = torch.cat([x, z.to(x.dtype)], -1).bfloat16()
    return _Sum.apply(both, weight, layer.lora_B[adapter].weight, layer.base_layer.bias)


class _Sum(Function):
    """[x, z] [W, B]ᵀ + bias, with gradients for x, z and B. The 4-bit weight is expanded anew for the way back."""

    @staticmethod
    def forward(ctx, both: Tensor, weight: Callable[[Tensor], Tensor], b: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(both, b)
        ctx.weight = weight
        return linear(both, weight(b), bias)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, Tensor, None]:
        both, b = ctx.saved_tensors
        z = both[..., -b.shape[1] :].flatten(0, -2)
        return grad @ ctx.weight(b), None, (grad.flatten(0, -2).T @ z).to(b.dtype), None
