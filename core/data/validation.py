"""Decides which examples may stay, and names the reason for each that may not."""

import re
from collections.abc import Iterable
from hashlib import blake2b

from core.data.drops import Drop

Example = dict[str, str]

# One character of these scripts is counted as one word: they write no spaces.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NULLS = frozenset({"", "null", "nan", "n/a", "#n/a"})
_MOST_CHARACTERS_PER_WORD = 100
_QUESTION_WORDS = range(4, 41)


def is_null(text: str) -> bool:
    """Whether a cell holds nothing, or only a word that programs write for nothing."""
    return len(text) < 20 and text.strip().lower() in _NULLS


def count_words(*texts: str) -> int:
    """Words of all texts; each Chinese character or Japanese syllable counts as one."""
    return sum(_words(text) for text in texts)


def _words(text: str) -> int:
    if text.isascii():
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text))


def hopelessly_long(values: Iterable[str], max_words: int) -> bool:
    """Whether the raw texts are so long that cleaning them is not worth while."""
    return sum(map(len, values)) > max_words * _MOST_CHARACTERS_PER_WORD


def form_problem(example: Example, words: int, min_words: int, max_words: int) -> Drop | None:
    """What keeps a cleaned example from being an instruction with its answer, if anything does."""
    instruction, output = example["instruction"], example["output"]
    if is_null(instruction):
        return Drop.NO_INSTRUCTION
    if is_null(output):
        return Drop.NO_OUTPUT
    if not (_has_letters(instruction) and _has_letters(output)):
        return Drop.NO_WORDS
    if instruction.casefold() == output.casefold():
        return Drop.REPEATED
    if words < min_words:
        return Drop.TOO_SHORT
    return Drop.TOO_LONG if words > max_words else None


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def example_digest(example: Example) -> bytes:
    """The same 16 bytes for examples whose three texts are the same."""
    text = "\0".join((example["instruction"], example["input"], example["output"]))
    return blake2b(text.encode(), digest_size=16).digest()


def question_digest(example: Example) -> int:
    """The same 63-bit number for examples that ask the same, whatever the case of letters and the answer."""
    text = _plain(f"{example['instruction']} {example['input']}")
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def questions(example: Example) -> set[str]:
    """The texts under which an example's question may stand elsewhere: whole, and its input alone.

    The input may itself be the question ("Answer the patient's question."); a single word or a long passage is not.
    """
    found = {_plain(f"{example['instruction']} {example['input']}")}
    if len(example["input"].split()) in _QUESTION_WORDS:
        found.add(_plain(example["input"]))
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
