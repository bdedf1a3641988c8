"""Picks the objective of a method."""

from typing import TYPE_CHECKING

from core.specs import TrainSpec
from core.training.objectives.kto import Kto
from core.training.objectives.objective import Objective
from core.training.objectives.preference import Dpo, Orpo, Simpo
from core.training.objectives.prompt_dropout import PromptDropout
from core.training.objectives.supervised import Supervised

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def objective_of(spec: TrainSpec, tokenizer: "PreTrainedTokenizerBase") -> Objective:
    """What the run of `spec` minimises."""
    match spec.method:
        case "dpo":
            return Dpo(spec.penalty, spec.packing)
        case "orpo":
            return Orpo(spec.penalty, spec.packing)
        case "simpo":
            return Simpo(spec.penalty, spec.simpo_gamma, spec.packing)
        case "kto":
            return Kto(spec.penalty, spec.desirable_weight, spec.undesirable_weight, spec.packing)
    dropout = PromptDropout(tokenizer, spec.prompt_dropout, spec.seed, spec.train_on) if spec.prompt_dropout else None
    return Supervised(spec.packing, dropout)
