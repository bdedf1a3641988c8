"""The rules that an example must meet: a question and an answer, with words, of the right length."""

from collections.abc import Iterable

from core.examples.drops import Drop

_NULLS = frozenset({"", "null", "nan", "n/a", "#n/a"})
_MOST_CHARACTERS_PER_WORD = 100


def is_null(text: str) -> bool:
    """Whether a cell is empty, or has only a word that programs write for a missing value."""
    return len(text) < 20 and text.strip().lower() in _NULLS


def hopelessly_long(values: Iterable[str], max_words: int) -> bool:
    """Whether the raw texts are so long that cleaning them is a waste of time."""
    return sum(map(len, values)) > max_words * _MOST_CHARACTERS_PER_WORD


def form_problem(question: str | None, answer: str) -> Drop | None:
    """What is wrong with a question and its answer, or None. For a plain text, `question` is None."""
    if question is not None and is_null(question):
        return Drop.NO_INSTRUCTION
    if is_null(answer):
        return Drop.NO_OUTPUT
    if not _has_letters(answer) or question is not None and not _has_letters(question):
        return Drop.NO_WORDS
    if question is not None and question[0].casefold() == answer[0].casefold():  # most pairs need no full comparison
        return Drop.REPEATED if question.casefold() == answer.casefold() else None
    return None


def length_problem(words: int, min_words: int, max_words: int) -> Drop | None:
    """What is wrong with the length of an example, or None."""
    if words < min_words:
        return Drop.TOO_SHORT
    return Drop.TOO_LONG if words > max_words else None


def _has_letters(text: str) -> bool:
    return text[0].isalnum() or any(map(str.isalnum, text))
