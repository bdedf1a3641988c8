"""Which metrics say something about a dataset's answers: the three that say most, and why others say nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from core.answers.json_texts import json_in
from core.answers.numbers import ends_in_number
from core.data.cleaning.languages import UNDETERMINED, language_of
from core.evaluation.metrics.structured import is_json
from core.evaluation.metrics.words import SHORT_WORDS, Script, pieces, script_of
from core.specs.results.metrics import METRICS

_MOST, _HALF = 0.9, 0.5
"""The share of references that has to be JSON, or to end in a number, or to call tools, for all to count as such."""
_LANGUAGES_LOOKED_AT, _STRETCH_CHARACTERS = 200, 200


class AnswerKind(StrEnum):
    """What the references are. The first that fits counts."""

    TEXT = "plain text, which asks nothing"
    LABELS = "labels"
    TOOL_CALLS = "tool calls"
    JSON = "JSON"
    NUMBERS = "answers that end in a number"
    SHORT = "short answers"
    LONG = "long answers"


TELLING = {
    AnswerKind.TEXT: ("bits_per_byte", "perplexity", "token_accuracy"),
    AnswerKind.LABELS: ("accuracy", "balanced_accuracy", "macro_f1"),
    AnswerKind.TOOL_CALLS: ("tool_call_match", "tool_name_match", "bits_per_byte"),
    AnswerKind.JSON: ("json_match", "schema_match", "valid_json"),
    AnswerKind.NUMBERS: ("number_match", "ended", "bits_per_byte"),
    AnswerKind.SHORT: ("accuracy", "f1", "chrf"),
    AnswerKind.LONG: ("rougeL", "semantic_similarity", "f1"),
}
"""The three metrics that say most about a kind of answers, first what it is judged by."""
_OF_LIKELIHOOD = ("loss", "perplexity", "bits_per_byte", "token_accuracy")
_OF_LABELS = ("balanced_accuracy", "macro_f1")
_OF_TOOLS = ("tool_call_match", "tool_name_match")
_OF_JSON = ("json_match", "schema_match", "valid_json")
_OF_WORDING = ("f1", "rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "chrf", "meteor", "semantic_similarity")
_OF_VARIETY = ("distinct_1", "distinct_2", "repetition", "mean_length", "length_ratio")


class References(NamedTuple):
    """What a split's references are like."""

    kind: AnswerKind
    script: Script
    language: str
    """The commonest, as an ISO 639-1 code; "und" if unknown."""
    words: float
    """The median number of words."""
    json_share: float
    number_share: float
    """The share that ends in a number."""
    offers_tools: bool
    has_lines: bool
    """Whether any has more than one line."""
    any_language: bool = False
    """Whether the embedding model is one that the person chose, for their language."""


def describe(
    texts: Sequence[str],
    labels: bool = False,
    calls: Sequence[bool | None] = (),
    asks: bool = True,
    schema_given: bool = False,
    any_language: bool = False,
) -> References:
    """What the references of a split are like.

    `labels`: the dataset's report says that they are; `calls`: for each, whether it calls tools, None if none are
    offered; `asks`: whether the examples ask anything; `schema_given`: answers are to satisfy a schema, so that they
    are JSON; `any_language`: the person chose the embedding model.
    """
    numbers, json_texts = _share(map(ends_in_number, texts)), _share(is_json(json_in(text)) for text in texts)
    words = median(len(pieces(text)) for text in texts)
    if not asks:
        kind = AnswerKind.TEXT
    elif labels:
        kind = AnswerKind.LABELS
    elif calls and _share(map(bool, calls)) >= _HALF:
        kind = AnswerKind.TOOL_CALLS
    elif schema_given or json_texts >= _MOST:
        kind = AnswerKind.JSON
    elif numbers >= _MOST:
        kind = AnswerKind.NUMBERS
    else:
        kind = AnswerKind.SHORT if words <= SHORT_WORDS else AnswerKind.LONG
    offers_tools = any(call is not None for call in calls)
    has_lines = any("\n" in text for text in texts)
    script, language = script_of(texts), _language(texts)
    return References(kind, script, language, words, json_texts, numbers, offers_tools, has_lines, any_language)


def _language(texts: Sequence[str]) -> str:
    """The commonest of stretches of text: a single short answer tells little."""
    joined = "\n".join(texts[:_LANGUAGES_LOOKED_AT])[: 40 * _STRETCH_CHARACTERS]
    stretches = (joined[start : start + _STRETCH_CHARACTERS] for start in range(0, len(joined), _STRETCH_CHARACTERS))
    found = Counter(language_of(text)[0] for text in stretches).most_common(1)
    return found[0][0] if found else UNDETERMINED


def _share(found: Iterable[bool]) -> float:
    found = list(found)
    return sum(found) / len(found)


def telling(about: References) -> tuple[str, ...]:
    """The three metrics that say most, the most telling first; chrF replaces semantic similarity where it is silent."""
    return tuple("chrf" if name in silent_metrics(about) else name for name in TELLING[about.kind])


def silent_metrics(about: References) -> dict[str, str]:
    """The metrics that say nothing about such answers, by name, each with the reason."""
    found: dict[str, str] = {}
    for names, reason in _reasons(about):
        for name in names:
            found.setdefault(name, reason)
    return found


def _reasons(about: References) -> Iterable[tuple[Sequence[str], str]]:
    """Names and the reason why these say nothing, the most telling reason first."""
    kind, words = about.kind, f"half of the references have {about.words:g} words or fewer"
    if kind is AnswerKind.TEXT:
        yield [name for name in METRICS if name not in _OF_LIKELIHOOD], "Plain text asks nothing: there are no answers."
        return
    if kind is AnswerKind.LABELS:
        yield (*_OF_WORDING, *_OF_VARIETY, "number_match"), "The answers are labels: right or wrong."
    else:
        yield _OF_LABELS, "The answers are not labels."
    if kind is not AnswerKind.LONG:
        yield ("close",), "Such answers are right or wrong."
    if not about.offers_tools:
        yield _OF_TOOLS, "No example offers tools."
    if about.json_share < _MOST and kind is not AnswerKind.JSON:
        yield _OF_JSON, f"Only {about.json_share:.0%} of the references are JSON objects or arrays."
    if about.number_share < _MOST:
        yield ("number_match",), f"Only {about.number_share:.0%} of the references end in a number."
    if kind in (AnswerKind.TOOL_CALLS, AnswerKind.JSON):
        why = "A program reads the answers: order of keys and spacing do not matter to it."
        yield ("exact_match", "accuracy", *_OF_WORDING), why
    if kind is AnswerKind.NUMBERS:
        yield _OF_WORDING, "The number at the end decides, not the words before it."
    if kind is AnswerKind.LONG:
        yield ("exact_match", "accuracy"), "Long answers hardly ever equal their reference word for word."
    if about.language not in ("en", UNDETERMINED) or about.script is not Script.LATIN:
        yield ("meteor",), "It stems words as in English, which the references are not in."
        if not about.any_language:
            yield ("semantic_similarity",), "The embedding model reads English, which the references are not in."
    if about.language not in ("en", "de", UNDETERMINED) or about.script is not Script.LATIN:
        yield ("refusals",), "Refusals are recognized in English and German only."
    if about.words < 4:
        yield ("bleu", "repetition"), f"It counts runs of four words, and {words}."
    if about.words < 2:
        yield ("rouge2",), f"It counts pairs of words, and {words}."
    if not about.has_lines:
        yield ("rougeLsum",), "It equals ROUGE-L where the references are single lines."
