"""Checks the form of an example, whatever it is about, and scores its quality."""

import re

from core.data.cleaning import looks_refused, looks_truncated
from core.data.screening.word_counts import count_words
from core.data.synthesis.judging.reasons import (
    EMPTY,
    LEFTOVERS,
    OF_THE_PASSAGE,
    REFUSED,
    REPEATED,
    SAME_ANSWERS,
    UNFINISHED,
)
from core.data.synthesis.judging.wording import plain, variety

_LEAST_VARIETY = 0.4
_TEMPLATE = re.compile(
    r"\{\{|\}\}|\{[a-z_ ]{2,30}\}|\[(?:insert|your|name|placeholder)\b|<\|?/?[a-z_]{2,20}\|?>|\[/?INST\]|###|"
    r"^\s*(?:question|answer|frage|antwort|q|a)\s*\d*\s*:|\blorem ipsum\b|\bTODO\b|\.\.\.\s*$|"
    r"\bas an? (?:ai|(?:large )?language model)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PASSAGE = re.compile(
    r"\b(?:the|this|that|given|above)\s+(?:passage|excerpt|text above|provided text|given text|context above)\b|"
    r"\baccording to the (?:text|article|author|document)\b|\bim (?:text|abschnitt|obigen)\b|\blaut (?:dem )?text\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"[?？]\s*$|^\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|would|"
    r"will|explain|describe|name|list|tell|give|compare|summari[sz]e|define|state|show|write|translate|was|wer|wie|wo|"
    r"wann|warum|welche\w*|nenne|erkläre|beschreibe)\b",
    re.IGNORECASE,
)


def form_problem(example: dict[str, str], question: str, answer: str) -> str | None:
    """What is wrong with the form of an example, whatever it is about; None if nothing."""
    if not any(map(str.isalnum, question)) or not any(map(str.isalnum, answer)):
        return EMPTY
    if looks_refused(answer):
        return REFUSED
    if _TEMPLATE.search(question) or _TEMPLATE.search(answer):
        return LEFTOVERS
    if _PASSAGE.search(question):
        return OF_THE_PASSAGE
    if plain(question) == plain(answer) or variety(answer) < _LEAST_VARIETY:
        return REPEATED
    if looks_truncated(answer):
        return UNFINISHED
    if "rejected" in example and plain(example["rejected"]) == plain(example["chosen"]):
        return SAME_ANSWERS
    return None


def quality(question: str, answer: str) -> float:
    """A score from 0 to 1: whether the question is one, both have a sensible length, and the answer is not noise."""
    asked, said = count_words(question), count_words(answer)
    letters = sum(character.isalnum() or character.isspace() for character in answer) / max(len(answer), 1)
    return (
        (1.0 if _ASKING.search(question) else 0.3)
        + (1.0 if 4 <= asked <= 60 else 0.4)
        + (min(said / 6, 1.0) if said <= 300 else 0.5)
        + min(letters / 0.8, 1.0)
        + variety(answer)
    ) / 5
