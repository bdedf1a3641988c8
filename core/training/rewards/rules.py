"""Rewards that follow from an answer by a rule, each from 0 to 1. Loads no ML library."""

import json
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from core.answers.json_texts import NOT_JSON, json_in, schema_check
from core.answers.numbers import last_number
from core.errors import InputError
from core.specs import TrainSpec
from core.specs.rewards import RewardName


class Answer(NamedTuple):
    """An answer to be rewarded. `expected` is the dataset's; `ended` says whether it ends by itself, not at a limit."""

    question: str
    expected: str
    text: str
    ended: bool


Rule = Callable[[Answer], float | None]
"""The reward of an answer; None where the rule does not apply to it."""

_PATTERN_SECONDS = 2


def rules_of(spec: TrainSpec) -> dict[RewardName, Rule]:
    """The rules among the rewards of a run."""
    known: dict[RewardName, Callable[[], Rule]] = {
        "answer_equals": lambda: _answer_equals,
        "number_equals": lambda: _number_equals,
        "pattern": lambda: _pattern(spec.reward_pattern),
        "json_schema": lambda: _json_schema(spec.reward_schema),
        "length": lambda: _length(spec.reward_min_words, spec.reward_max_words),
        "ends": lambda: _ends,
    }
    return {name: known[name]() for name in spec.rewards if name in known}


def _answer_equals(answer: Answer) -> float:
    return float(_plain(answer.text) == _plain(answer.expected))


def _plain(text: str) -> str:
    """A text without case, repeated spaces, and punctuation around it."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return " ".join(words).strip(" .,;:!?\"'“”‘’«»`*")


def _number_equals(answer: Answer) -> float | None:
    """Whether the last numbers are equal: answers reason first. None where the expected answer holds no number."""
    expected = last_number(answer.expected)
    return None if expected is None else float(last_number(answer.text) == expected)


def _pattern(pattern: str) -> Rule:
    import regex

    compiled = regex.compile(pattern)

    def matches(answer: Answer) -> float:
        try:
            return float(compiled.search(answer.text, timeout=_PATTERN_SECONDS) is not None)
        except TimeoutError as error:
            raise InputError(
                f"The pattern {pattern[:100]!r} takes more than {_PATTERN_SECONDS} seconds on one answer.",
                "Write it without nested repetitions such as (a+)+.",
            ) from error

    return matches


def _json_schema(schema: str) -> Rule:
    fits = schema_check(json.loads(schema))
    return lambda answer: float((value := json_in(answer.text)) is not NOT_JSON and fits(value))


def _length(least: int, most: int) -> Rule:
    """1 within the range of words; outside it, the shorter of answer and limit over the longer."""
    from core.data.screening.word_counts import count_words

    def fits(answer: Answer) -> float:
        words = count_words(answer.text)
        if words < least:
            return words / least
        return min(1.0, most / words) if words else 1.0

    return fits


def _ends(answer: Answer) -> float:
    return float(answer.ended)
