"""Reads the paragraphs and tables of a docx file from its XML."""

import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from core.data.reading.content import Content
from core.errors import InputError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SAME_AGAIN = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""A substitute for older programs, which repeats the text of a shape."""
_PARAGRAPH, _TABLE, _ROW, _CELL = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc"
_TAKEN_BACK = (f"{_W}del", f"{_W}moveFrom", _SAME_AGAIN)
"""Deleted by tracked changes, or a repetition."""


class Block(NamedTuple):
    """A paragraph, or a table as the texts of its cells, row by row."""

    text: str = ""
    table: tuple[tuple[str, ...], ...] = ()


def blocks_of(content: Content) -> Iterator[Block]:
    """The paragraphs and tables of a Word file in order. Raises InputError where its XML is damaged."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    within = {_TABLE: 0, _SAME_AGAIN: 0, f"{_W}del": 0, f"{_W}moveFrom": 0}
    with zipfile.ZipFile(content.seekable()) as archive, archive.open("word/document.xml") as file:
        try:
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                if element.tag in within:
                    within[element.tag] += 1 if event == "start" else -1
                if event == "start" or any(within.values()):
                    continue
                if element.tag == _TABLE:
                    yield Block(table=tuple(_rows(element)))
                elif element.tag == _PARAGRAPH:
                    yield Block(_text(element))
                if element.tag in (_TABLE, _PARAGRAPH):
                    element.clear()
                    content.meter.at(content.meter.done)  # progress, even though no row may come yet
        except (ParseError, DefusedXmlException) as error:
            raise InputError(
                f"{content.name} is a damaged Word file, at byte {file.tell()} of its text: {error}.",
                "Save it again from Word.",
            ) from None


def _rows(table) -> Iterator[tuple[str, ...]]:
    """The texts of the cells, row by row, without rows deleted by tracked changes."""
    for row in _inside(table, _ROW):
        if row.find(f"{_W}trPr/{_W}del") is None:
            cells = (_inside(cell, _PARAGRAPH) for cell in _inside(row, _CELL))
            yield tuple("\n".join(filter(None, map(_text, paragraphs))).strip() for paragraphs in cells)


def _inside(element, tag: str) -> Iterator:
    """The outermost elements with that tag; a table inside a cell is part of the cell's text."""
    for part in element:
        if part.tag == tag:
            yield part
        elif part.tag not in _TAKEN_BACK:
            yield from _inside(part, tag)


def _text(paragraph) -> str:
    return "".join(_texts(paragraph))


def _texts(element) -> Iterator[str]:
    for part in element:
        if part.tag == f"{_W}t":
            yield part.text or ""
        elif part.tag == f"{_W}tab":
            yield "\t"
        elif part.tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif part.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif part.tag not in _TAKEN_BACK:
            yield from _texts(part)
