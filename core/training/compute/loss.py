"""The loss of a batch and its gradient, computed a few rows of logits at a time.

With a vocabulary of 50,000 the logits are the largest tensor in a step. Cross entropy over all of them at once makes
six passes over float32 copies, each in memory the system has just had to clear. Here a block stays in the CPU cache
from its logits to its gradient, which is kept in the logits' precision. The idea comes from the fused losses of Liger
Kernel (Hsu et al., 2024, arXiv:2410.10989).
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from core.training.objectives.batches import Batch

NO_LOSS = -100
"""The label of a position that is not learned from: the prompt, other speakers' turns, and padding."""

_BLOCK = {"cpu": 1 << 19, "cuda": 1 << 26}
"""Logits in one block: 2 MB of float32 fit into a core's cache, a GPU wants more."""


def answer_loss(model: "PeftModel | PreTrainedModel", batch: "Batch") -> tuple[Tensor, Tensor]:
    """The summed negative log-likelihood (nats) of a batch's learned tokens: a float32 scalar with its graph.

    Also how many of them the model would have chosen itself (int64, a scalar).
    """
    return summed_loss(_logits(model, batch), batch.labels)


def answer_losses(model: "PeftModel | PreTrainedModel", batch: "Batch") -> list[Tensor]:
    """For each example of a batch, the negative log-likelihood (nats) of its learned tokens, one by one.

    float32, (learned tokens,), with their graph; a token inside that is not learned has 0.
    """
    losses = token_losses(_logits(model, batch), batch.labels)
    return [losses[start:end] for start, end in batch.spans]


def _logits(model: "PeftModel | PreTrainedModel", batch: "Batch") -> Tensor:
    return model(**batch.inputs, use_cache=False).logits[:, -batch.labels.shape[1] :]


def summed_loss(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The summed negative log-likelihood (nats, a float32 scalar) of `labels` under `logits`, and their count of hits.

    `logits` has shape (…, vocabulary) in any float dtype, `labels` shape (…) in int64. NO_LOSS positions do not count.
    A hit is a label with the highest logit.
    """
    return _SummedLoss.apply(logits.flatten(0, -2), labels.flatten())


def token_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Like `summed_loss`, but one float32 loss for each of the flattened `labels`: 0 where it is NO_LOSS."""
    return _TokenLosses.apply(logits.flatten(0, -2), labels.flatten())


class _SummedLoss(Function):
    @staticmethod
    def forward(ctx, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        losses, hits, gradient = _by_blocks(logits, labels, ctx.needs_input_grad[0])
        ctx.save_for_backward(gradient)
        hits = torch.stack([block.sum() for block in hits]).sum()
        ctx.mark_non_differentiable(hits)
        return torch.stack([block.sum() for block in losses]).sum(), hits

    @staticmethod
    @once_differentiable
    def backward(ctx, share: Tensor, _) -> tuple[Tensor, None]:
        [gradient] = ctx.saved_tensors
        return gradient.mul_(share), None  # in place: it is needed only once


class _TokenLosses(Function):
    @staticmethod
    def forward(ctx, logits: Tensor, labels: Tensor) -> Tensor:
        losses, _, gradient = _by_blocks(logits, labels, ctx.needs_input_grad[0])
        ctx.save_for_backward(gradient)
        return torch.cat(losses)

    @staticmethod
    @once_differentiable
    def backward(ctx, shares: Tensor) -> tuple[Tensor, None]:
        [gradient] = ctx.saved_tensors
        return gradient.mul_(shares[:, None]), None


def _by_blocks(logits: Tensor, labels: Tensor, with_gradient: bool) -> tuple[list[Tensor], list[Tensor], Tensor | None]:
    """By block of rows: the loss of each label and whether its logit is the highest. And each loss's gradient.

    `logits` has shape (tokens, vocabulary), `labels` shape (tokens,).
    """
    gradient = torch.empty_like(logits) if with_gradient else None
    rows = max(1, _BLOCK[logits.device.type] // logits.shape[1])
    losses, hits = [], []
    for first in range(0, len(labels), rows):
        block, label = logits[first : first + rows].float(), labels[first : first + rows]
        counted = label != NO_LOSS
        place = label.where(counted, 0)[:, None]
        total, of_label = block.logsumexp(1, keepdim=True), block.gather(1, place)
        losses.append((total - of_label)[:, 0].masked_fill_(~counted, 0))
        hits.append((of_label[:, 0] >= block.amax(1)) & counted)
        if with_gradient:
            probabilities = (block - total).exp_()
            probabilities.scatter_add_(1, place, probabilities.new_full(place.shape, -1))
            gradient[first : first + rows] = probabilities.masked_fill_(~counted[:, None], 0)
    return losses, hits, gradient
