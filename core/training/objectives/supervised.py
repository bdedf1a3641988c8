"""Supervised fine-tuning and continued pretraining: the negative log-likelihood of the tokens that are learned."""

from collections.abc import Sequence

import torch
from torch.nn import Module

from core.training.compute.loss import answer_loss
from core.training.objectives.batches import batches_for, padded
from core.training.objectives.examples import TokenizedExample
from core.training.objectives.objective import Loss
from core.training.objectives.prompt_dropout import PromptDropout


class Supervised:
    """An `Objective`. `packing` "auto" packs a batch into one row where the model's family allows it."""

    referenced = False

    def __init__(self, packing: str = "auto", prompt_dropout: PromptDropout | None = None):
        self._packing, self._prompt_dropout = packing, prompt_dropout
        self._batched, self.divisible = padded, False

    def prepare(self, model: Module) -> None:
        self._batched, self.divisible = batches_for(model, self._packing)

    def vary(self, batches: list[list[TokenizedExample]], step: int | None) -> list[list[TokenizedExample]]:
        return batches if step is None or self._prompt_dropout is None else self._prompt_dropout.thin(batches, step)

    def loss(self, model: Module, examples: Sequence[TokenizedExample], device: torch.device) -> Loss:
        total, hits = answer_loss(model, self._batched(examples, device))
        return Loss(total, {"token_accuracy": hits.item()})
