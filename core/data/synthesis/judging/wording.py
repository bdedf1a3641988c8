"""The words of an example, for comparing texts."""

import re

from core.examples.example import conversation

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[\u3040-\u30ff\u3400-\u9fff]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
"""A number in digits."""
_SHORT = 12
"""A text of fewer words counts as free of repetition."""


def said_by(example: dict[str, str], role: str) -> str:
    """Everything that one side says in an example, turn by turn."""
    return "\n".join(turn["content"] for turn in conversation(example) if turn["role"] == role and turn["content"])


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without numbers and punctuation."""
    return _WORD.findall(text.casefold())


def plain(text: str) -> str:
    """A text without case and punctuation."""
    return " ".join(words_of(text)) or text.strip()


def variety(text: str) -> float:
    """The share of distinct shingles among a text's word 3-shingles; 1 for a short text."""
    words = words_of(text)
    if len(words) < _SHORT:
        return 1.0
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(triples)) / len(triples)
