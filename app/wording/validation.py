"""What a run's validations measure, as people read it: the loss or, of a run that learns from rewards, their mean.

What is reported as `eval_loss` is always lower where the model is better; of rewards it is the negative mean.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple


class ValidationMeasure(NamedTuple):
    """`name` and `short` are for within a sentence."""

    name: str
    short: str
    sign: Literal[1, -1]

    def value(self, eval_loss: float | None) -> float | None:
        """The measure, given what was reported as `eval_loss`."""
        return None if eval_loss is None else 0.0 + self.sign * eval_loss  # 0.0 + -0.0 is 0.0

    def fields(self, eval_loss: float | None) -> dict[str, float | None]:
        """The measure as `validation_loss` or `mean_reward`; the other one is None."""
        return {"validation_loss": None, "mean_reward": None} | {self.name.replace(" ", "_"): self.value(eval_loss)}


LOSS = ValidationMeasure("validation loss", "loss", 1)
REWARD = ValidationMeasure("mean reward", "reward", -1)


def validation_measure(spec: Mapping[str, Any]) -> ValidationMeasure:
    """The measure of a run, by the fields of its TrainSpec."""
    return REWARD if spec.get("method") == "grpo" else LOSS
