"""Digests by which examples, questions and answers are compared."""

from collections.abc import Iterable

import numpy as np
from xxhash import xxh3_64_digest

from core.data.store.datasets import read_split
from core.examples.example import answer_text, question_text
from core.specs import Shape, Split

SEPARATOR = "\x1f"
"""Joins the texts of an example before hashing. Cleaning leaves this character in no text."""
ENCODING = ("utf-8", "surrogatepass")
_INPUT_WORDS = range(4, 41)


def digest_of(text: str | bytes) -> bytes:
    """The 64-bit hash of a text. Among ten million texts, two collide with a probability of 1 in 370,000."""
    if isinstance(text, str):
        text = text.encode(*ENCODING)
    return xxh3_64_digest(text)


def digests_of(texts: Iterable[str | bytes]) -> np.ndarray:
    """The hashes of many texts: uint64 [n]."""
    return np.frombuffer(b"".join(map(digest_of, texts)), np.uint64)


def plain(text: str) -> str:
    """A text without what does not change a question: case and the form of white space."""
    return " ".join(text.casefold().split())


def questions(question: str, input_: str = "") -> set[bytes]:
    """The digests under which a question may recur: the whole, and its input alone.

    The input may itself be the question ("Answer the patient's question."), unless it is a few words or a long passage.
    """
    found = {digest_of(plain(question))}
    if len(input_.split()) in _INPUT_WORDS:
        found.add(digest_of(plain(input_)))
    return found


def questions_in(dataset: str | None) -> frozenset[bytes]:
    """The digests of the questions in a dataset's training split; empty if no dataset is named."""
    found: set[bytes] = set()
    for example in read_split(dataset, Split.TRAIN) if dataset else ():
        found |= questions(question_text(example) or answer_text(example), example.get("input", ""))
    return frozenset(found)


def question_digests(shape: Shape, examples: list[dict[str, str]], digests: np.ndarray) -> np.ndarray:
    """Digests of the questions, uint64 [n]; of plain texts, the `digests` of the texts."""
    if shape is Shape.TEXT:
        return digests
    if shape is Shape.INSTRUCTION:  # the common case, spelled out because it is faster
        return digests_of(plain(f"{one['instruction']} {one['input']}") for one in examples)
    return digests_of(plain(question_text(one)) for one in examples)


def answer_digests(shape: Shape, examples: list[dict[str, str]], digests: np.ndarray) -> np.ndarray:
    """Digests of the answers, uint64 [n]; of plain texts, the `digests` of the texts."""
    if shape is Shape.TEXT:
        return digests
    return digests_of([one["output"] for one in examples] if shape is Shape.INSTRUCTION else map(answer_text, examples))


def label_digests(columns: tuple[str, ...], examples: list[dict[str, str]]) -> np.ndarray:
    """Digests of the columns that are labels, uint64 [n]; zeros if there are none."""
    if not columns:
        return np.zeros(len(examples), np.uint64)
    return digests_of([SEPARATOR.join([example[name] for name in columns]) for example in examples])
