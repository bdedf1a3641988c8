"""Cuts documents into passages of similar size, at the end of a paragraph or at least of a sentence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.data.screening.word_counts import count_words

_PARAGRAPH_END = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])")
_TOO_SHORT = 0.25
"""A last passage shorter than this share of the requested size is joined to the one before it."""


@dataclass(frozen=True)
class Passage:
    """A piece of a document. `place` is its number there, from 1."""

    text: str
    source: str
    place: int


def passages(texts: Iterable[tuple[str, str]], chunk_words: int) -> Iterator[Passage]:
    """Cut texts, given with the names of their documents, into passages of about `chunk_words` words.

    Consecutive texts of one document count as one. A sentence is cut only if it is longer than a passage. Passages
    without letters are dropped.
    """
    source, place, gathered = None, 0, _Gathering(chunk_words)
    for text, name in texts:
        if name != source:
            if source is not None:
                yield from _numbered(gathered.rest(), source, place)
            source, place, gathered = name, 0, _Gathering(chunk_words)
        for passage in _numbered(gathered.add(text), source, place):
            place = passage.place
            yield passage
    if source is not None:
        yield from _numbered(gathered.rest(), source, place)


def _numbered(texts: Iterable[str], source: str, place: int) -> Iterator[Passage]:
    for text in texts:
        if any(map(str.isalpha, text)):
            place += 1
            yield Passage(text, source, place)


class _Gathering:
    """Collects the paragraphs of a document and returns passages as they fill up."""

    def __init__(self, chunk_words: int):
        self._most = chunk_words
        self._pieces: list[str] = []
        self._words = 0
        self._full: str | None = None
        """The previous passage, held back because a short remainder may be joined to it."""

    def add(self, text: str) -> Iterator[str]:
        for paragraph in _PARAGRAPH_END.split(text):
            if paragraph.strip():
                yield from self._add_piece(paragraph.strip(), "\n\n")

    def rest(self) -> Iterator[str]:
        left = "".join(self._pieces)
        if self._full and self._words < self._most * _TOO_SHORT:
            yield self._full + left
            return
        yield from filter(None, (self._full, left.strip()))

    def _add_piece(self, piece: str, gap: str) -> Iterator[str]:
        words = count_words(piece)
        if words > self._most:
            parts = _SENTENCE_END.split(piece) if gap == "\n\n" else _cut(piece, self._most)
            for part in filter(str.strip, parts):
                yield from self._add_piece(part.strip(), " ")
            return
        if self._pieces and self._words + words > self._most:
            if self._full:
                yield self._full
            self._full, self._pieces, self._words = "".join(self._pieces).strip(), [], 0
        self._pieces.append(gap + piece)
        self._words += words


def _cut(sentence: str, most_words: int) -> Iterator[str]:
    """A sentence longer than a passage, cut between words, or between characters if it has no spaces."""
    words = sentence.split()
    if len(words) > 1:
        for start in range(0, len(words), most_words):
            part = " ".join(words[start : start + most_words])
            yield from [part] if count_words(part) <= most_words else _pieces(part, most_words)
    else:
        yield from _pieces(sentence, most_words)


def _pieces(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(0, len(text), length))
