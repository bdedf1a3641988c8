"""Judges an example that a model wrote.

The checks look at words, not at meaning. They find what a model made up, repeated or left unfinished, not what it
misunderstood.
"""

from dataclasses import dataclass

from core.data.synthesis.judging.form import form_problem, quality
from core.data.synthesis.judging.grounding import groundedness, numbers, ungrounded_numbers
from core.data.synthesis.judging.reasons import NUMBERS, OTHER_NUMBERS, POOR, UNGROUNDED
from core.data.synthesis.judging.wording import said_by


@dataclass(frozen=True)
class Verdict:
    """The result for one example; `reason` is None if it is accepted."""

    reason: str | None
    quality: float
    groundedness: float | None = None


def judge(
    example: dict[str, str],
    passage: str | None,
    original: dict[str, str] | None,
    min_groundedness: float,
    min_quality: float,
) -> Verdict:
    """Judge a stored example of any shape.

    `passage` is the text that its answers must be grounded in, if it is about a document. `original` is the example
    whose numbers it must keep, if it is a rewording.
    """
    question, answer = said_by(example, "user"), said_by(example, "assistant")
    score = quality(question, answer)
    if reason := form_problem(example, question, answer):
        return Verdict(reason, score)
    if original is not None and _numbers_in(example) != _numbers_in(original):
        return Verdict(OTHER_NUMBERS, score)
    share = None
    if passage is not None:
        share = groundedness(answer, passage)
        if share < min_groundedness:
            return Verdict(UNGROUNDED, score, share)
        if ungrounded_numbers(answer, passage):
            return Verdict(NUMBERS, score, share)
    return Verdict(POOR if score < min_quality else None, score, share)


def _numbers_in(example: dict[str, str]) -> set[str]:
    return numbers(f"{said_by(example, 'user')} {said_by(example, 'assistant')}")
