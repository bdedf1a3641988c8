"""Learning from pairs of answers: DPO, ORPO and SimPO.

DPO: Rafailov et al., 2023, arXiv:2305.18290. ORPO: Hong et al., 2024, arXiv:2403.07691. SimPO: Meng et al., 2024,
arXiv:2405.14734. Each equals TRL's trainer of that name on the same batch, which a test holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import logsigmoid

from core.training.compute.loss import answer_losses
from core.training.objectives.batches import batches_for, padded
from core.training.objectives.examples import TokenizedExample
from core.training.objectives.objective import Loss
from core.training.objectives.pairs import Pair

_LOG_HALF = -0.6931471805599453


class Compared(NamedTuple):
    """A method's view of a batch: the summed loss, and the reward of each better and each worse answer, (pairs,)."""

    total: Tensor
    chosen: Tensor
    rejected: Tensor


class Preference:
    """An `Objective` over pairs. `beta` is as in `TrainSpec`."""

    referenced = False

    def __init__(self, beta: float, packing: str = "auto"):
        self.beta, self._packing = beta, packing
        self._batched, self.divisible = padded, False

    def prepare(self, model: Module) -> None:
        self._batched, self.divisible = batches_for(model, self._packing)

    def vary(self, batches: list[list[Pair]], step: int | None) -> list[list[Pair]]:
        return batches

    def loss(self, model: Module, examples: Sequence[Pair], device: torch.device) -> Loss:
        better = [self._better(pair.chosen) for pair in examples]
        losses = answer_losses(model, self._batched([*better, *(pair.rejected for pair in examples)], device))
        compared = self._compare(examples, losses[: len(examples)], losses[len(examples) :])
        chosen, rejected = compared.chosen.detach(), compared.rejected.detach()
        measures = {
            "reward_accuracy": (chosen > rejected).sum(),
            "reward_margin": (chosen - rejected).sum(),
            "chosen_reward": chosen.sum(),
            "rejected_reward": rejected.sum(),
        }
        return Loss(compared.total, {name: total.item() for name, total in measures.items()})

    def _better(self, chosen: TokenizedExample) -> TokenizedExample:
        """The better answer with the tokens whose losses the method wants."""
        return chosen

    def _compare(self, pairs: Sequence[Pair], chosen: list[Tensor], rejected: list[Tensor]) -> Compared:
        """The loss, given each answer's negative log-likelihoods by token."""
        raise NotImplementedError


class Dpo(Preference):
    """Rewards are how much likelier than in the base an answer has become; the better one's should be higher."""

    referenced = True

    def _compare(self, pairs: Sequence[Pair], chosen: list[Tensor], rejected: list[Tensor]) -> Compared:
        reference = chosen[0].new_tensor([pair.reference for pair in pairs])
        better, worse = (
            self.beta * (-torch.stack([one.sum() for one in losses]) - base)
            for losses, base in zip((chosen, rejected), reference.T, strict=True)
        )
        return Compared(-logsigmoid(better - worse).sum(), better, worse)


class Simpo(Preference):
    """Rewards are mean log-probabilities per token; the better answer's should be higher by `gamma`. Needs no base."""

    def __init__(self, beta: float, gamma: float, packing: str = "auto"):
        super().__init__(beta, packing)
        self.gamma = gamma

    def _compare(self, pairs: Sequence[Pair], chosen: list[Tensor], rejected: list[Tensor]) -> Compared:
        better, worse = (-self.beta * torch.stack([one.mean() for one in losses]) for losses in (chosen, rejected))
        return Compared(-logsigmoid(better - worse - self.gamma).sum(), better, worse)


class Orpo(Preference):
    """Learns the better answer's whole text, and that its odds exceed the worse answer's. Needs no base.

    The first is a mean over all tokens of a step, so `vary` tells each pair what a token counts beside a pair.
    """

    def vary(self, batches: list[list[Pair]], step: int | None) -> list[list[Pair]]:
        pairs = [pair for batch in batches for pair in batch]
        share = len(pairs) / sum(pair.chosen.length - 1 for pair in pairs)
        return [[replace(pair, share=share) for pair in batch] for batch in batches]

    def _better(self, chosen: TokenizedExample) -> TokenizedExample:
        return TokenizedExample(chosen.ids, 1)

    def _compare(self, pairs: Sequence[Pair], chosen: list[Tensor], rejected: list[Tensor]) -> Compared:
        answers = [text[-pair.chosen.answer_tokens :] for text, pair in zip(chosen, pairs, strict=True)]
        better, worse = (-torch.stack([one.mean() for one in losses]) for losses in (answers, rejected))
        log_odds = (better - worse) - (_log1mexp(better) - _log1mexp(worse))
        likelihood = sum(pair.share * text.sum() for text, pair in zip(chosen, pairs, strict=True))
        total = likelihood - self.beta * logsigmoid(log_odds).sum()
        return Compared(total, self.beta * better, self.beta * worse)


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 - exp(x)) for x < 0, in the form that loses no digits (Mächler, 2012)."""
    near_zero = x > _LOG_HALF
    return torch.where(near_zero, torch.log(-torch.expm1(x)), torch.log1p(-torch.exp(x)))
