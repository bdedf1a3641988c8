"""Decoder blocks of the Llama family with LoRA, on a CPU: forward and backward written by hand.

Matrix products cannot be avoided; passes over activations between them can, and so can keeping what is cheaply computed
again. It is for packed rows; generation, and blocks with anything unusual, take the model's own way. In bfloat16, base
and adapter are summed before they are rounded (see `fused_lora`), norms are computed in float32, and the rest is
rounded where the model's own way rounds.
"""

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import Dropout, Module
from torch.nn.functional import silu

from core.forecast.setup import BY_HAND_FAMILIES, MOST_EXPANDED_BYTES
from core.training.compute.attention import Layout, attend, attend_backward
from core.training.compute.folded import is_plain
from core.training.compute.joined import JoinedLora

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def compute_by_hand(base: "PreTrainedModel") -> None:
    """Replace the forward pass of decoder blocks for packed rows, where all linear layers of a block fit.

    NF4 weights are dequantized once if all of them are small. Must not be combined with gradient checkpointing.
    """
    if base.config.model_type not in BY_HAND_FAMILIES or base.config.hidden_act != "silu":
        return
    if base.config.attention_dropout:
        return
    if base.dtype not in (torch.float32, torch.bfloat16):
        return
    layers = [layer for layer in base.model.layers if _fits(layer, base.dtype)]
    weights = sum(one.in_features * one.out_features for layer in layers for one in _linear(layer))
    expand = base.dtype.itemsize * weights <= MOST_EXPANDED_BYTES
    for layer in layers:
        layer.forward = partial(_forward, layer, _Block(layer, base.dtype, expand))


def is_by_hand(layer: Module) -> bool:
    """Whether `compute_by_hand` has replaced the forward pass of a decoder block."""
    return getattr(layer.__dict__.get("forward"), "func", None) is _forward


def _linear(layer: Module) -> list[Module]:
    attention, feed_forward = layer.self_attn, layer.mlp
    return [
        attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj,
        feed_forward.gate_proj, feed_forward.up_proj, feed_forward.down_proj,
    ]  # fmt: skip


def _fits(layer: Module, dtype: torch.dtype) -> bool:
    """Whether a decoder block's linear layers are plain, and those that add to the residual have no bias."""
    if not all(_is_plain_lora(one, dtype) for one in _linear(layer)):
        return False
    return layer.self_attn.o_proj.base_layer.bias is None and layer.mlp.down_proj.base_layer.bias is None


def _is_plain_lora(layer: Module, dtype: torch.dtype) -> bool:
    """Whether a layer is a plain LoRA on the CPU that computes in `dtype`, and draws no random numbers."""
    from peft.tuners.lora import LoraLayer

    if not (isinstance(layer, LoraLayer) and is_plain(layer)):
        return False
    base, [adapter] = layer.base_layer, layer.active_adapters
    computed = base.compute_dtype if hasattr(base.weight, "quant_state") else base.weight.dtype
    dropout = isinstance(layer.lora_dropout[adapter], Dropout)
    return base.weight.device.type == "cpu" and computed == dtype and not dropout


class _Block:
    """The layers of a decoder block, joined by what they read: queries, keys and values; gate and up."""

    def __init__(self, layer: Module, dtype: torch.dtype, expand: bool):
        query, key, value, out, gate, up, down = _linear(layer)
        self.groups = [JoinedLora(group, dtype, expand) for group in ([query, key, value], [out], [gate, up], [down])]
        self.norms = layer.input_layernorm, layer.post_attention_layernorm
        attention = layer.self_attn
        self.scale, self.width = attention.scaling, attention.head_dim
        self.heads, self.key_heads = query.out_features // self.width, key.out_features // self.width
        self.inner = gate.out_features
        is_mistral = attention.config.model_type == "mistral"
        self.window = getattr(attention.config if is_mistral else attention, "sliding_window", None)

    @property
    def trained(self) -> list[Tensor]:
        return [weight for group in self.groups for weight in (*group.a, *group.b)]

    def by_group(self, trained: Sequence[Tensor]) -> list[tuple[JoinedLora, list[Tensor], list[Tensor]]]:
        """Each group with its A and B, taken from what `trained` returned."""
        rest = iter(trained)
        return [(group, list(islice(rest, len(group.a))), list(islice(rest, len(group.b)))) for group in self.groups]

    def heads_in(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of (tokens, outputs), as views of shape (tokens, heads, width)."""
        return rows.view(len(rows), -1, self.width).split([self.heads, self.key_heads, self.key_heads], 1)

    def turned(self, rows: Tensor) -> Tensor:
        """Queries and keys together: what rotary position embedding turns."""
        return rows.view(len(rows), -1, self.width)[:, : self.heads + self.key_heads]


def _forward(layer: Module, block: _Block, hidden: Tensor, **named) -> Tensor:
    if "segments" not in named or layer.mlp.down_proj.disable_adapters:
        return type(layer).forward(layer, hidden, **named)
    layout = Layout(named["segments"], named.get("shared", 0), block.window)
    with torch.autocast("cpu", enabled=False):
        return _ByHand.apply(hidden, block, layout, *named["position_embeddings"], *block.trained)


class _ByHand(Function):
    """x + attention(norm(x)), then the same with the feed-forward layer: (1, tokens, width) to (1, tokens, width)."""

    @staticmethod
    def forward(ctx, hidden: Tensor, block: _Block, layout: Layout, cos: Tensor, sin: Tensor, *trained: Tensor):
        x, cos, sin = hidden[0], cos[0], sin[0]
        read, mix, widen, narrow = block.by_group(trained)

        normed = read[0].empty(len(x))
        inverse = _norm(x, block.norms[0], normed[:, : x.shape[1]])
        heads = read[0].forward(normed, *read[1:])
        _rotate(block.turned(heads), cos, sin)
        mixed = mix[0].empty(len(x))
        out = mixed[:, : mix[0].inputs].view(len(x), block.heads, block.width)
        kept = attend(*block.heads_in(heads), layout, block.scale, out)
        middle = mix[0].forward(mixed, *mix[1:], residual=x)

        middle_normed = widen[0].empty(len(x))
        middle_inverse = _norm(middle, block.norms[1], middle_normed[:, : x.shape[1]])
        wide = widen[0].forward(middle_normed, *widen[1:])
        gate, up = wide.split(block.inner, 1)
        gated = narrow[0].empty(len(x))
        torch.mul(silu(gate), up, out=gated[:, : block.inner])
        found = narrow[0].forward(gated, *narrow[1:], residual=middle)

        ctx.save_for_backward(
            x, cos, sin, normed, inverse, heads, mixed, middle, middle_normed, middle_inverse, wide, gated,
            *trained, *kept,
        )  # fmt: skip
        ctx.block, ctx.layout, ctx.trained = block, layout, len(trained)
        return found[None]

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        block, saved, grad = ctx.block, ctx.saved_tensors, grad[0]
        x, cos, sin, normed, inverse, heads, mixed, middle, middle_normed, middle_inverse, wide, gated, *rest = saved
        trained, kept = rest[: ctx.trained], rest[ctx.trained :]
        read, mix, widen, narrow = block.by_group(trained)

        of_gated, of_narrow = narrow[0].backward(grad, gated, *narrow[1:])
        gate, up = wide.split(block.inner, 1)
        of_wide = torch.empty_like(wide)
        of_gate, of_up = of_wide.split(block.inner, 1)
        torch.mul(of_gated, silu(gate), out=of_up)
        torch.ops.aten.silu_backward.grad_input(of_gated.mul_(up), gate, grad_input=of_gate)
        of_normed, of_widen = widen[0].backward(of_wide, middle_normed, *widen[1:])
        grad = _norm_backward(of_normed, middle, middle_inverse, block.norms[1], grad)

        of_mixed, of_mix = mix[0].backward(grad, mixed, *mix[1:])
        of_heads = torch.empty_like(heads)
        of_out = of_mixed.view(len(x), block.heads, block.width)
        into = block.heads_in(of_heads)
        attend_backward(of_out, *block.heads_in(heads), kept, ctx.layout, block.scale, into)
        _rotate(block.turned(of_heads), cos, sin, back=True)
        of_normed, of_read = read[0].backward(of_heads, normed, *read[1:], of_x=ctx.needs_input_grad[0])
        of_x = None
        if of_normed is not None:
            of_x = _norm_backward(of_normed, x, inverse, block.norms[0], grad)[None]
        return of_x, None, None, None, None, *of_read, *of_mix, *of_widen, *of_narrow


def _norm(x: Tensor, norm: Module, out: Tensor) -> Tensor:
    """Write RMSNorm of (tokens, width) into `out`. Returns the inverse of each row's root mean square, (tokens, 1).

    It is float32, and so is everything until the result is rounded.
    """
    rows = x.float()
    squares = torch.linalg.vector_norm(rows, dim=-1, keepdim=True).square_()
    inverse = squares.div_(x.shape[1]).add_(norm.variance_epsilon).rsqrt_()
    found = torch.mul(rows, inverse, out=out if out.dtype == rows.dtype else rows).mul_(norm.weight.float())
    if found is not out:
        out.copy_(found)
    return inverse


def _norm_backward(grad: Tensor, x: Tensor, inverse: Tensor, norm: Module, beside: Tensor) -> Tensor:
    """The gradient of x, given that of its norm, which is overwritten, plus the gradient `beside` it."""
    grad, rows = grad.float().mul_(norm.weight.float()), x.float()
    share = (grad * rows).sum(1, keepdim=True).mul_(inverse**3).div_(x.shape[1])
    return torch.addcmul(beside.float(), grad, inverse).addcmul_(rows, share, value=-1).to(x.dtype)


def _rotate(heads: Tensor, cos: Tensor, sin: Tensor, back: bool = False) -> None:
    """Rotary position embedding of (tokens, heads, width), in place; `back` is its transpose, for gradients.

    Both halves of `cos` and `sin`, (tokens, width), are alike.
    """
    half, sign = heads.shape[-1] // 2, -1 if back else 1
    first, second = heads[..., :half], heads[..., half:]
    cos, sin = cos[:, None, :half], sin[:, None, :half]
    turned = first * sin
    first.mul_(cos).addcmul_(second, sin, value=-sign)
    second.mul_(cos).add_(turned, alpha=sign)
