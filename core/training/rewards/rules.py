"""Rewards that follow from an answer by a rule, each from 0 to 1. Loads no ML library."""

import json
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

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
_NUMBER = re.compile(r"((?<![\w)])[-−+])?(\d+(?:[.,\u00a0\u202f]\d+)*)([eE][-+]?\d{1,3}(?!\w))?")
_SEPARATOR = re.compile(r"([.,\u00a0\u202f])")


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
    expected = _last_number(answer.expected)
    return None if expected is None else float(_last_number(answer.text) == expected)


def _last_number(text: str) -> Decimal | None:
    """The last number in a text, in English or continental notation."""
    found = _NUMBER.findall(text)
    if not found:
        return None
    sign, digits, power = found[-1]
    groups, separators = _SEPARATOR.split(digits)[::2], _SEPARATOR.findall(digits)
    if _are_thousands(groups, separators) and separators != ["."]:  # 1,234 and 1.234.567, but not 1.234 and 0,125
        number = "".join(groups)
    elif len(separators) == 1 and separators[0] in ".,":
        number = ".".join(groups)
    elif (
        separators
        and separators[-1] in set(".,") - set(separators[:-1])
        and _are_thousands(groups[:-1], separators[:-1])
    ):
        number = "".join(groups[:-1]) + "." + groups[-1]  # 1,234.5 and 1.234,5
    else:  # a single one, or a list or date
        return Decimal(("" if separators else sign.replace("−", "-")) + groups[-1] + power)
    return Decimal(sign.replace("−", "-") + number + power)


def _are_thousands(groups: list[str], separators: list[str]) -> bool:
    """Whether groups of digits are one number with thousands separators, all of one kind."""
    first, *rest = groups
    grouped = bool(rest) and len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in rest)
    return grouped and len(set(separators)) == 1


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
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    validator = Draft202012Validator(json.loads(schema), registry=Registry())  # nothing is fetched

    def is_valid(answer: Answer) -> float:
        try:
            value = json.loads(answer.text)
        except (ValueError, RecursionError):
            return 0.0
        try:
            return float(validator.is_valid(value))
        except (Unresolvable, RecursionError) as error:
            raise InputError(
                "Answers cannot be checked against the JSON schema: it refers to what it does not define, or to itself "
                "without end.",
                "Mend its $ref.",
            ) from error

    return is_valid


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
