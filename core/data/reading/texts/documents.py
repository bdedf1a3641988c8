"""Splits documents into rows of a few paragraphs, each with the name of its document."""

import re
from collections.abc import Iterable, Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.errors import InputError

COLUMNS = ["text", "source"]
_ENOUGH = 1_000
"""A piece with this many characters ends at the next paragraph."""
_PLENTY = 2_000
"""With this many, it ends at the next line."""
_MOST = 3_000
"""A line longer than this is cut after a sentence."""
_LINE_PIECE = 1 << 20
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)]*\s|[。！？]")


def open_text(content: Content, encoding: Encoding) -> Iterator[tuple]:
    """The pieces of plain text or Markdown."""
    with encoding.open(content) as file:
        yield from document_rows(iter(lambda: file.readline(_LINE_PIECE), ""), content.name)


def document_rows(lines: Iterable[str], source: str, first: int = 1) -> Iterator[tuple]:
    """Numbered rows of the pieces of `lines`; empty lines separate paragraphs."""
    for number, text in enumerate(_pieces(lines), start=first):
        yield number, {"text": text, "source": source}


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    piece, size = [], 0
    for line in lines:
        text = line.rstrip()
        is_end = size >= _ENOUGH if not text else size >= _PLENTY or size + len(text) > _MOST
        if is_end and piece:
            yield "\n".join(piece).strip()
            piece, size = [], 0
        *whole, text = _cut(text)
        yield from whole
        if text or piece:
            piece.append(text)
            size += len(text)
    if text := "\n".join(piece).strip():
        yield text


def _cut(text: str) -> Iterator[str]:
    """A line in parts of at most _MOST characters, cut after a sentence if possible."""
    while len(text) > _MOST:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, _ENOUGH, _MOST)]
        end = ends[-1] if ends else text.rfind(" ", _ENOUGH, _MOST) + 1 or _MOST
        yield text[:end].strip()
        text = text[end:]
    yield text


def without_text(content: Content) -> InputError:
    """The error for a document without text."""
    return InputError(
        f"{content.name} holds no text (from row 1 to byte {content.size_bytes}): its pages may be scans.",
        "Run text recognition (OCR) on it first.",
    )
