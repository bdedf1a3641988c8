"""Puts the general set into examples for a model, and judges what the model made of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample, ScoredModel
from core.evaluation.general.general_set import general_items
from core.evaluation.general.items import Item
from core.evaluation.metrics.words import without_reasoning
from core.inference.engine import Answered

LONGEST_ANSWER_TOKENS = 64
"""What the questions ask for takes fewer; more would only cost time."""
_NO_LOSSES = (
    "An API does not tell how likely it finds an answer, so language and common sense, which are multiple choice, were "
    "not measured."
)


class GeneralAnswers(NamedTuple):
    """What one model made of the general set, in its order."""

    right: np.ndarray
    """float64, shape (items,): 1 or 0; NaN for what was not measured."""
    texts: list[str]
    """The answers; of multiple choice the likeliest. Empty for what was not measured."""
    unmeasured: str = ""
    """What was not measured, and why."""


def choice_examples() -> list[dict]:
    """An example for every choice of the multiple-choice items."""
    return [_example(item, choice) for item in _to_choose() for choice in item.choices]


def written_examples() -> list[dict]:
    """An example for every item that asks for an answer of the model's own."""
    return [_example(item, item.right) for item in general_items() if item.accepts]


def without_ends(model: ScoredModel, encoded: list[EncodedExample]) -> list[EncodedExample]:
    """The same without the token that ends each answer: tuned to long answers, a model finds any short end unlikely."""
    [(_, end)] = model.encode([_example(general_items()[0], "")])
    return [
        (prompt, answer[: -len(end)] if end and answer[-len(end) :] == end else answer) for prompt, answer in encoded
    ]


def judged(losses: Sequence[AnswerLoss] | None, answers: Sequence[Answered]) -> GeneralAnswers:
    """From the losses of `choice_examples`, None if the model tells none, and the answers to `written_examples`."""
    chosen = iter(_chosen(losses)) if losses else None
    written = iter(answers)
    right, texts = [], []
    for item in general_items():
        if item.accepts:
            answer = next(written)
            text = without_reasoning(answer.text)
            is_right = np.nan if answer.refusal else float(item.accepts(text))
        else:
            text = next(chosen) if chosen else ""
            is_right = float(text == item.right) if chosen else np.nan
        right.append(is_right)
        texts.append(text)
    refused = sum(bool(answer.refusal) for answer in answers)
    reasons = [_NO_LOSSES] if not losses else []
    if refused:
        reasons.append(f"Its server would not answer {refused:,} of {len(answers):,} questions, which do not count.")
    return GeneralAnswers(np.array(right), texts, " ".join(reasons))


def _chosen(losses: Sequence[AnswerLoss]) -> list[str]:
    """The likeliest choice of each multiple-choice item by its mean log-likelihood per character.

    As `acc_norm` of lm-evaluation-harness. Equally likely choices are no choice: the last of them counts, never the
    right one, which is the first.
    """
    found, start = [], 0
    for item in _to_choose():
        each = losses[start : start + len(item.choices)]
        start += len(item.choices)
        surprise = [loss.negative_log_likelihood / len(text) for loss, text in zip(each, item.choices, strict=True)]
        least = min(surprise)
        found.append(item.choices[max(place for place, value in enumerate(surprise) if value == least)])
    return found


def _to_choose() -> list[Item]:
    return [item for item in general_items() if not item.accepts]


def _example(item: Item, answer: str) -> dict:
    return {"instruction": item.question, "input": "", "output": answer}
