"""What the loop asks of a method: examples, batches of them, and a loss.

Everything else (steps, pauses, checkpoints, halves, several devices) is the loop's, and holds for every method.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module


class Example(Protocol):
    """One example of a method, tokenized."""

    @property
    def ids(self) -> np.ndarray:
        """A text of it as token ids, int32, (tokens,): merging compares models on it."""

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
    referenced: bool
    """Whether examples need the base's log-probabilities of their `sequences`, as their `reference`."""

    def prepare(self, model: Module) -> None:
        """Called once with the model that will be trained, before the first loss."""

    def vary(self, batches: list[list[AnyExample]], step: int | None) -> list[list[AnyExample]]:
        """The batches of optimizer step `step` (from 0), or of a whole validation (None), as the loss wants them.

        Augmentation, in steps only; and what an example has to know of all others that its loss is averaged with.
        """

    def loss(self, model: Module, examples: Sequence[AnyExample], device: torch.device) -> Loss:
        """The loss of one batch. In eval mode and without gradients, too."""
