"""KTO: learning from answers that are each judged good or bad (Ethayarajh et al., 2024, arXiv:2402.01306)."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import Module

from core.training.compute.loss import answer_losses
from core.training.objectives.batches import batches_for, padded
from core.training.objectives.examples import TokenizedExample
from core.training.objectives.objective import Loss
from core.training.objectives.pairs import Judged


class Kto:
    """An `Objective` over judged answers. `beta` and the weights of good and bad answers are as in `TrainSpec`.

    A reward is how much likelier than in the base an answer has become, counted from how much the model has moved on
    mismatched answers (KL, a mean over the batch). So a batch is not the sum of its parts.
    """

    divisible, referenced = False, True

    def __init__(self, beta: float, desirable_weight: float = 1.0, undesirable_weight: float = 1.0, packing="auto"):
        self.beta, self._weights, self._packing = beta, (undesirable_weight, desirable_weight), packing
        self._batched = padded

    def prepare(self, model: Module) -> None:
        self._batched, _ = batches_for(model, self._packing)

    def vary(self, batches: list[list[Judged]], step: int | None) -> list[list[Judged]]:
        """Good and bad answers differ in number, but the margin is a difference of their means."""
        judgements = [example.good for batch in batches for example in batch]
        counts = {good: judgements.count(good) for good in (True, False)}
        share = {good: len(judgements) / count if all(counts.values()) else 0 for good, count in counts.items()}
        return [[replace(example, share=share[example.good]) for example in batch] for batch in batches]

    def loss(self, model: Module, examples: Sequence[Judged], device: torch.device) -> Loss:
        reference = torch.tensor([example.reference for example in examples], device=device)
        with torch.no_grad():
            moved = self._log_probabilities(model, [example.mismatched for example in examples], device)
        kl = (moved - reference[:, 1]).mean().clamp(min=0)
        ratios = self._log_probabilities(model, [example.answer for example in examples], device) - reference[:, 0]
        signs = ratios.new_tensor([1 if example.good else -1 for example in examples])
        weights = ratios.new_tensor([self._weights[example.good] for example in examples])
        total = (weights * (1 - torch.sigmoid(self.beta * signs * (ratios - kl)))).sum()

        rewards = self.beta * ratios.detach()
        measures = {
            "reward_accuracy": (signs * (ratios.detach() - kl) > 0).sum(),
            "kl": kl * len(examples),
        }
        if all(example.share for example in examples):  # a margin needs both judgements
            shares = signs * ratios.new_tensor([example.share for example in examples])
            measures["reward_margin"] = (shares * rewards).sum()
        return Loss(total, {name: value.item() for name, value in measures.items()})

    def _log_probabilities(self, model: Module, answers: list[TokenizedExample], device: torch.device) -> Tensor:
        """Of each answer given its question, float32, (answers,)."""
        return -torch.stack([losses.sum() for losses in answer_losses(model, self._batched(answers, device))])
