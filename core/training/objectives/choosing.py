"""Picks the objective of a method."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.specs import TrainSpec
from core.training.objectives.kto import Kto
from core.training.objectives.objective import Objective
from core.training.objectives.preference import Dpo, Orpo, Simpo
from core.training.objectives.prompt_dropout import PromptDropout
from core.training.objectives.supervised import Supervised
from core.training.rewards.grading import Grading

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def objective_of(
    spec: TrainSpec, tokenizer: "PreTrainedTokenizerBase", allowed_endpoints: Sequence[str] = ()
) -> Objective | Grading:
    """What the run of `spec` minimizes or, with GRPO, what it rewards."""
    match spec.method:
        case "dpo":
            return Dpo(spec.penalty, spec.packing)
        case "orpo":
            return Orpo(spec.penalty, spec.packing)
        case "simpo":
            return Simpo(spec.penalty, spec.simpo_gamma, spec.packing)
        case "kto":
            return Kto(spec.penalty, spec.desirable_weight, spec.undesirable_weight, spec.packing)
        case "grpo":
            return Grading(spec, tokenizer, allowed_endpoints)
    dropout = PromptDropout(tokenizer, spec.prompt_dropout, spec.seed, spec.train_on) if spec.prompt_dropout else None
    return Supervised(spec.packing, dropout)
