"""The losses of a batch's tokens and their gradient, computed a few rows of logits at a time.

With a vocabulary of 50,000 the logits are the largest tensor in a step. Cross entropy over all of them at once makes
six passes over float32 copies, each in memory the system has just had to clear. Here a block stays in the CPU cache
from its logits to its gradient, which is kept in the logits' precision. The idea comes from the fused losses of Liger
Kernel (Hsu et al., 2024, arXiv:2410.10989).

On a CPU the output layer is part of it: what it passes back is computed while a block of logits is at hand, so the
logits of a batch are never in memory together.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import Linear, Module

from core.forecast.setup import BY_HAND_FAMILIES, ROWS_OF_LOGITS

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from core.training.objectives.batches import Batch

NO_LOSS = -100
"""The label of a position that is not learned from: the prompt, other speakers' turns, and padding."""

_BLOCK = {"cpu": 1 << 17, "cuda": 1 << 26}
"""Logits in one block: several passes over 0.5 MB of float32 stay in a core's cache, a GPU wants more."""


def answer_loss(model: "PeftModel | PreTrainedModel", batch: "Batch") -> tuple[Tensor, Tensor]:
    """The summed negative log-likelihood (nats) of a batch's learned tokens: a float32 scalar with its graph.

    Also how many of them the model would have chosen itself (int64, a scalar).
    """
    losses, hits = _losses(model, batch)
    return losses.sum(), hits.sum()


def answer_losses(model: "PeftModel | PreTrainedModel", batch: "Batch") -> list[Tensor]:
    """For each example of a batch, the negative log-likelihood (nats) of its learned tokens, one by one.

    float32, (learned tokens,), with their graph; a token inside that is not learned has 0.
    """
    losses, _ = _losses(model, batch)
    return [losses[start:end] for start, end in batch.spans]


def _losses(model: "PeftModel | PreTrainedModel", batch: "Batch") -> tuple[Tensor, Tensor]:
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    if not _ends_in_product(base):
        logits = model(**batch.inputs, use_cache=False).logits[:, -batch.labels.shape[1] :]
        return token_losses(logits, batch.labels)
    named = dict(batch.inputs)
    positions = named.pop("logits_to_keep")
    weight = base.lm_head.weight
    # As the model's own forward pass does; the cache would be shared by both halves of a batch, with their graphs.
    with torch.autocast("cpu", torch.bfloat16, enabled=weight.dtype == torch.bfloat16, cache_enabled=False):
        hidden = base.model(**named, use_cache=False).last_hidden_state
    read = hidden.index_select(1, positions) if isinstance(positions, Tensor) else hidden[:, -positions:]
    return _LossesOfProduct.apply(read.flatten(0, -2), weight, batch.labels.flatten())


def _ends_in_product(base: Module) -> bool:
    """Whether logits are hidden states times a frozen matrix on a CPU, with no hook on the model itself."""
    if base.config.model_type not in BY_HAND_FAMILIES or type(base.lm_head) is not Linear or base._forward_pre_hooks:
        return False
    weight, bias = base.lm_head.weight, base.lm_head.bias
    computed = weight.dtype in (torch.float32, torch.bfloat16)
    return weight.device.type == "cpu" and computed and bias is None and not weight.requires_grad


def token_losses(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The negative log-likelihood (nats, float32) of each label, and whether its logit is the highest: both (tokens,).

    `logits` has shape (…, vocabulary) in any float dtype, `labels` shape (…) in int64. NO_LOSS has loss 0, no hit.
    """
    return _LossesOfLogits.apply(logits.flatten(0, -2), labels.flatten())


class _LossesOfLogits(Function):
    @staticmethod
    def forward(ctx, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        gradient = torch.empty_like(logits) if ctx.needs_input_grad[0] else None
        losses, hits = _by_blocks(logits, labels, gradient)
        ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(hits)
        return losses, hits

    @staticmethod
    @once_differentiable
    def backward(ctx, shares: Tensor, _) -> tuple[Tensor, None]:
        [gradient] = ctx.saved_tensors
        return gradient.mul_(shares[:, None]), None  # in place: it is needed only once


class _LossesOfProduct(Function):
    """`token_losses` of hidden states, (tokens, width), times the output layer's weight, (vocabulary, width).

    A token's loss depends on its own hidden state only, so gradients can be taken before their shares are known.
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, weight: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        gradient = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        at_once = ROWS_OF_LOGITS * 4 // hidden.itemsize
        room = hidden.new_empty(min(len(hidden), at_once), len(weight))
        found = []
        for first in range(0, len(hidden), at_once):
            rows = slice(first, first + at_once)
            logits = torch.mm(hidden[rows], weight.T, out=room[: len(labels[rows])])
            found.append(_by_blocks(logits, labels[rows], None if gradient is None else logits))
            if gradient is not None:
                torch.mm(logits, weight, out=gradient[rows])
        losses, hits = (torch.cat(parts) for parts in zip(*found, strict=True))
        ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(hits)
        return losses, hits

    @staticmethod
    @once_differentiable
    def backward(ctx, shares: Tensor, _) -> tuple[Tensor, None, None]:
        [gradient] = ctx.saved_tensors
        return gradient.mul_(shares[:, None]), None, None


def _by_blocks(logits: Tensor, labels: Tensor, gradient: Tensor | None) -> tuple[Tensor, Tensor]:
    """The loss of each label, and whether its logit is the highest.

    The gradient of each loss is written into `gradient`, which may be `logits`.
    """
    rows = max(1, _BLOCK[logits.device.type] // logits.shape[1])
    losses, hits = [], []
    for first in range(0, len(labels), rows):
        block, label = logits[first : first + rows].float(), labels[first : first + rows]
        counted = label != NO_LOSS
        place = label.where(counted, 0)[:, None]
        of_label, highest = block.gather(1, place), block.amax(1, keepdim=True)
        likely = (block - highest).exp_()
        total = likely.sum(1, keepdim=True)
        losses.append((total.log() + highest - of_label)[:, 0].masked_fill_(~counted, 0))
        hits.append((of_label >= highest)[:, 0] & counted)
        if gradient is not None:
            likely.div_(total).scatter_add_(1, place, likely.new_full(place.shape, -1))
            if not counted.all():
                likely.masked_fill_(~counted[:, None], 0)
            gradient[first : first + rows] = likely
    return torch.cat(losses), torch.cat(hits)
