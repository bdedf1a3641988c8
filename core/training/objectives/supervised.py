"""Supervised fine-tuning: the negative log-likelihood of the tokens that an example's mask says are learned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch.nn import Module

from core.training.compute.loss import answer_loss
from core.training.compute.packing import pack
from core.training.objectives.batches import packed, padded
from core.training.objectives.examples import TokenizedExample
from core.training.objectives.objective import Loss
from core.training.objectives.prompt_dropout import PromptDropout

if TYPE_CHECKING:
    from peft import PeftModel


class Supervised:
    """An `Objective`. A batch is packed into one row where the model's family allows it, and padded elsewhere."""

    def __init__(self, prompt_dropout: PromptDropout | None = None):
        self._prompt_dropout = prompt_dropout
        self._batched = padded
        self.divisible = False

    def prepare(self, model: "PeftModel") -> None:
        if pack(model.get_base_model()):
            self._batched, self.divisible = packed, True  # half of a padded batch may be padded to another length

    def vary(self, batches: list[list[TokenizedExample]], step: int) -> list[list[TokenizedExample]]:
        return self._prompt_dropout.thin(batches, step) if self._prompt_dropout else batches

    def loss(self, model: Module, examples: Sequence[TokenizedExample], device: torch.device) -> Loss:
        return Loss(answer_loss(model, self._batched(examples, device)), {})
