"""Decides which examples may stay, names the reason for each that may not, and tells which are the same."""

import re
from collections.abc import Iterable

import numpy as np
from xxhash import xxh3_64_digest

from core.examples.drops import Drop

Example = dict[str, str]

# One character of these scripts is counted as one word: they write no spaces.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NULLS = frozenset({"", "null", "nan", "n/a", "#n/a"})
_MOST_CHARACTERS_PER_WORD = 100
_QUESTION_WORDS = range(4, 41)


def is_null(text: str) -> bool:
    """Whether a cell holds nothing, or only a word that programs write for nothing."""
    return len(text) < 20 and text.strip().lower() in _NULLS


def count_words(text: str) -> int:
    """Words of a text; each Chinese character or Japanese syllable counts as one."""
    if text.isascii():
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text))


def words_of_each(texts: list[bytes]) -> np.ndarray:
    """`count_words` of many texts in UTF-8 at once: int32 [n].

    Thin spaces and their like, which cleaning takes out, are taken for letters.
    """
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(sizes + 1) - sizes
    read = np.frombuffer(b" ".join([b"", *texts]), np.uint8)
    space = (read - np.uint8(0x09) < 5) | (read - np.uint8(0x1C) < 5)
    begins = np.zeros(len(read) + 1, bool)
    begins[1:-1] = space[:-1] & ~space[1:]
    counts = np.add.reduceat(begins, starts, dtype=np.int32) * (sizes > 0) if len(texts) else np.zeros(0, np.int32)
    special = np.flatnonzero(read >= 0xC2)
    lead, second = read[special], read[np.minimum(special + 1, len(read) - 1)]
    is_space = (lead == 0xC2) & ((second == 0x85) | (second == 0xA0))
    stands_alone = np.where(lead == 0xEF, (second >= 0xA4) & (second <= 0xAB), (lead >= 0xE3) & (lead <= 0xE9))
    for index in np.unique(np.searchsorted(starts, special[is_space | stands_alone], side="right") - 1):
        counts[index] = count_words(texts[index].decode("utf-8", "surrogatepass"))
    return counts


def hopelessly_long(values: Iterable[str], max_words: int) -> bool:
    """Whether the raw texts are so long that cleaning them is not worth while."""
    return sum(map(len, values)) > max_words * _MOST_CHARACTERS_PER_WORD


def form_problem(question: str | None, answer: str) -> Drop | None:
    """What keeps a question from being one with its answer, if anything does; a plain text has no question (None)."""
    if question is not None and is_null(question):
        return Drop.NO_INSTRUCTION
    if is_null(answer):
        return Drop.NO_OUTPUT
    if not _has_letters(answer) or question is not None and not _has_letters(question):
        return Drop.NO_WORDS
    if question is not None and question[0].casefold() == answer[0].casefold():  # spares most a look at all of it
        return Drop.REPEATED if question.casefold() == answer.casefold() else None
    return None


def length_problem(words: int, min_words: int, max_words: int) -> Drop | None:
    """Whether an example has too few or too many words."""
    if words < min_words:
        return Drop.TOO_SHORT
    return Drop.TOO_LONG if words > max_words else None


def _has_letters(text: str) -> bool:
    return text[0].isalnum() or any(map(str.isalnum, text))


def digest_of(text: str | bytes) -> bytes:
    """Eight bytes that are the same for the same text: of ten million texts, two share them once in 370,000 tries."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    return xxh3_64_digest(text)


def plain(text: str) -> str:
    """A text without what does not change a question: case, and how white space is written."""
    return " ".join(text.casefold().split())


def questions(question: str, input_: str = "") -> set[bytes]:
    """The digests under which a question may stand elsewhere: whole, and its input alone.

    The input may itself be the question ("Answer the patient's question."); a single word or a long passage is not.
    """
    found = {digest_of(plain(question))}
    if len(input_.split()) in _QUESTION_WORDS:
        found.add(digest_of(plain(input_)))
    return found
