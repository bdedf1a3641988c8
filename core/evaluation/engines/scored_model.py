"""The interface of a model under evaluation: the loss of given answers, and answers of its own, a batch at a time.

Prompts and answers are token ids that each model's own tokenizer makes from one and the same text (see
`core.examples.encoding.written_example`).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from core.inference.engine import Answered, OnDone

EncodedExample = tuple[list[int], list[int]]
"""Prompt and answer of an example; the answer ends with the end token. For an endpoint: messages, and no answer."""


class AnswerLoss(NamedTuple):
    """Of one example: the summed negative log-likelihood of its answer (nats), its tokens, those predicted right."""

    negative_log_likelihood: float
    tokens: int
    correct: int


class ScoredModel(Protocol):
    """A loaded model."""

    context_length: int | None
    """Its limit in tokens for one example, answer included; None if that is not known here."""
    measures_losses: bool
    precision: str
    """How its weights are held, or where it is, in words."""

    def encode(self, examples: list[dict]) -> list[EncodedExample]:
        """The token ids of the examples."""

    def losses(self, examples: list[EncodedExample], done: OnDone) -> Iterator[dict[int, AnswerLoss]]:
        """The losses of the answers given their prompts (teacher forcing), by place in `examples`."""

    def answers(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seeds: Sequence[int], done: OnDone
    ) -> Iterator[dict[int, Answered]]:
        """The model's own answers, by place in `prompts`; temperature 0 is greedy decoding.

        A prompt's answer depends on itself and its own one of the `seeds`, so that work can be continued.
        """

    def close(self) -> None:
        """Free the model's memory."""
