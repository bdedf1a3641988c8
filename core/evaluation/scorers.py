"""What every model that can be scored offers: how likely it finds given answers, and what it answers itself.

Prompts and answers are token ids, so that the models compared are asked exactly the same.
"""

from typing import NamedTuple, Protocol

from core.inference.engine import OnDone


class AnswerLosses(NamedTuple):
    """Of each example: the summed negative log-likelihood of its answer (nats), its tokens, the right first choices."""

    negative_log_likelihoods: list[float]
    tokens: list[int]
    correct: list[int]


class ScoredModel(Protocol):
    """A loaded model. `context_length` is the most tokens that it takes for one example, answer included."""

    context_length: int

    def answer_losses(self, prompts: list[list[int]], answers: list[list[int]], done: OnDone) -> AnswerLosses:
        """The losses of `answers` (each ends with the end token) after their prompts, in the given order."""

    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """The model's own answers, in the given order; temperature 0 takes the likeliest token each time."""

    def close(self) -> None:
        """Free what the model holds."""
