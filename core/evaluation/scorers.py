"""The interface of a model under evaluation: the loss of given answers, and answers of its own.

Prompts and answers are token ids, so that all models compared get exactly the same input.
"""

from typing import NamedTuple, Protocol

from core.inference.engine import OnDone


class AnswerLosses(NamedTuple):
    """Per example: the summed negative log-likelihood of its answer (nats), its tokens, and those predicted right."""

    negative_log_likelihoods: list[float]
    tokens: list[int]
    correct: list[int]


class ScoredModel(Protocol):
    """A loaded model. `context_length` is its limit in tokens for one example, answer included."""

    context_length: int

    def answer_losses(self, prompts: list[list[int]], answers: list[list[int]], done: OnDone) -> AnswerLosses:
        """The losses of `answers` given their prompts (teacher forcing), in order. Answers end with the end token."""

    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """The model's own answers, in order; temperature 0 is greedy decoding."""

    def close(self) -> None:
        """Free the model's memory."""
