"""What a run of GRPO maximizes: the weighted sum of its rewards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.specs import TrainSpec
from core.specs.rewards import RewardName
from core.training.rewards.rules import Answer, rules_of

if TYPE_CHECKING:
    from torch.nn import Module
    from transformers import PreTrainedTokenizerBase

Scores = dict[RewardName, list[float | None]]
"""By reward: each answer's, from 0 to 1, or None where it does not apply to an answer."""


class Grading:
    """Scores answers by the rewards of a run. The objective of GRPO."""

    divisible = False
    referenced = False

    def __init__(
        self,
        spec: TrainSpec,
        tokenizer: "PreTrainedTokenizerBase | None" = None,
        allowed_endpoints: Sequence[str] = (),
    ):
        """Raises InputError for a judge that may not be asked."""
        self.tokenizer, self.weights = tokenizer, spec.weight_by_reward
        self._rules = rules_of(spec)
        self._judge = None
        if "judge" in self.weights:
            from core.training.rewards.judge import Judge

            self._judge = Judge(spec, allowed_endpoints)

    def prepare(self, model: "Module") -> None:
        """Rewards ask nothing of a model."""

    def scores(self, answers: Sequence[Answer]) -> Scores:
        """The scores by each reward. Raises InputError for a rule or a judge that cannot be applied."""
        return {name: self.scores_by(name, answers) for name in self.weights}

    def scores_by(self, name: RewardName, answers: Sequence[Answer]) -> list[float | None]:
        """The scores by one reward."""
        if self._judge and name == "judge":
            return self._judge.scores(answers)
        return [self._rules[name](answer) for answer in answers]

    def totals(self, scores: Scores) -> list[float | None]:
        """The weighted sum of each answer's scores; None where no reward applies."""
        return [self._total(dict(zip(scores, of_one, strict=True))) for of_one in zip(*scores.values(), strict=True)]

    def _total(self, of_one: dict[RewardName, float | None]) -> float | None:
        given = [self.weights[name] * score for name, score in of_one.items() if score is not None]
        return sum(given) if given else None
