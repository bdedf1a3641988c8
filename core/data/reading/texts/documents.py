"""Rows of documents: pieces of a few paragraphs, each with the name of the document it is from."""

import re
from collections.abc import Iterable, Iterator

from core.data.reading.content import Content
from core.data.reading.encoding import Encoding

COLUMNS = ["text", "source"]
_ENOUGH = 1_000
"""Characters from which a piece ends where a paragraph does."""
_PLENTY = 2_000
"""Characters from which it ends where a line does."""
_MOST = 3_000
"""Characters beyond which a line is cut at the end of a sentence."""
_LINE_PIECE = 1 << 20
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)]*\s|[。！？]")


def open_text(content: Content, encoding: Encoding) -> Iterator[tuple]:
    """The pieces of plain text or Markdown."""
    with encoding.open(content) as file:
        yield from document_rows(iter(lambda: file.readline(_LINE_PIECE), ""), content.name)


def document_rows(lines: Iterable[str], source: str, first: int = 1) -> Iterator[tuple]:
    """Numbered rows of the pieces that `lines` make, where an empty line ends a paragraph."""
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
    """A line in parts of at most _MOST characters, cut after a sentence where there is one."""
    while len(text) > _MOST:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, _ENOUGH, _MOST)]
        end = ends[-1] if ends else text.rfind(" ", _ENOUGH, _MOST) + 1 or _MOST
        yield text[:end].strip()
        text = text[end:]
    yield text
