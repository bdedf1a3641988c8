"""The loss of a batch, and its gradient, a few rows of logits at a time.

A vocabulary of 50,000 makes logits the largest thing in a step: cross entropy over all at once passes over copies of
them in float32 six times, each in memory the system has just had to clear. Here a block stays in the processor's cache
from its logits to its gradient, which is kept in their precision. The idea is that of the fused losses of Liger Kernel
(Hsu et al., 2024, arXiv:2410.10989).
"""

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

NO_LOSS = -100
"""The label of a position that is not learned from: the prompt, the turns of others, and the padding."""

_BLOCK = {"cpu": 1 << 19, "cuda": 1 << 26}
"""How many logits are worked on at once: 2 MB in float32 lie in a core's cache, a GPU wants more."""


def summed_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """The summed negative log-likelihood (nats, float32) of `labels` (any shape) under `logits` (that × vocabulary).

    Positions labelled NO_LOSS count nothing.
    """
    return _SummedLoss.apply(logits.flatten(0, -2), labels.flatten())


class _SummedLoss(Function):
    @staticmethod
    def forward(ctx, logits: Tensor, labels: Tensor) -> Tensor:
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(logits) if wanted else None
        rows = max(1, _BLOCK[logits.device.type] // logits.shape[1])
        losses = []
        for first in range(0, len(labels), rows):
            block, label = logits[first : first + rows].float(), labels[first : first + rows]
            counted = label != NO_LOSS
            place = label.where(counted, 0)[:, None]
            total = block.logsumexp(1, keepdim=True)
            losses.append((total - block.gather(1, place)).masked_fill_(~counted[:, None], 0).sum())
            if wanted:
                probabilities = (block - total).exp_()
                probabilities.scatter_add_(1, place, probabilities.new_full(place.shape, -1))
                gradient[first : first + rows] = probabilities.masked_fill_(~counted[:, None], 0)
        if wanted:
            ctx.save_for_backward(gradient)
        return torch.stack(losses).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx, share: Tensor) -> tuple[Tensor, None]:
        [gradient] = ctx.saved_tensors
        return gradient.mul_(share), None  # it is wanted once
