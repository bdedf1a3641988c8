"""What the loop asks of a method: examples, batches of them, and a loss.

Everything else (steps, pauses, checkpoints, halves, several devices) is the loop's, and holds for every method.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor
from torch.nn import Module


class Example(Protocol):
    """One example of a method, tokenized."""

    @property
    def length(self) -> int:
        """How many tokens the model reads for it: examples of similar length share a batch."""

    @property
    def weight(self) -> float:
        """Its share of a step: the learned tokens, or 1 for a pair. Losses are divided by the sum of these."""


AnyExample = TypeVar("AnyExample", bound=Example)


class Loss(NamedTuple):
    """Of a batch, summed over its examples and not yet divided by their weight.

    `total` is a float32 scalar with its graph. `measures` are shown beside the loss (reward margin, token accuracy).
    """

    total: Tensor
    measures: dict[str, float]


class Objective(Protocol[AnyExample]):
    """A method of training. Stateless between steps: what a step computes follows from its number and the weights."""

    divisible: bool
    """Whether the loss of a batch is the sum of the losses of its parts, so that a batch may be split."""

    def prepare(self, model: Module) -> None:
        """Called once with the model that will be trained, before the first loss."""

    def vary(self, batches: list[list[AnyExample]], step: int) -> list[list[AnyExample]]:
        """The batches that optimizer step `step` (from 0) learns from: augmentation, if any."""

    def loss(self, model: Module, examples: Sequence[AnyExample], device: torch.device) -> Loss:
        """The loss of one batch. In eval mode and without gradients, too."""
