"""The text of Word files (docx): paragraphs, tables row by row, and tables of questions with answers as their rows."""

import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from core.data.reading.archives import check_document
from core.data.reading.content import Content
from core.data.reading.texts import documents
from core.data.reading.texts.documents import document_rows
from core.errors import InputError
from core.examples.roles import count_known

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SAME_AGAIN = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What older programs are to show in the place of a shape: its text stands there a second time."""
_PARAGRAPH, _TABLE, _ROW, _CELL = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc"
_TAKEN_BACK = (f"{_W}del", f"{_W}moveFrom", _SAME_AGAIN)
"""Text that a tracked change takes out."""
_BETWEEN_CELLS = " | "


class _Block(NamedTuple):
    """A paragraph, or a table: the texts of its cells, row by row."""

    text: str = ""
    table: tuple[tuple[str, ...], ...] = ()


def open_docx(content: Content, notes: list[str], as_document: bool) -> tuple[list[str], Iterator[tuple], bool]:
    """The columns and rows of a Word file, and whether these are pieces of a document, as they may be wanted.

    Raises InputError where it is broken, and where it is a bomb.
    """
    check_document(content)
    if not as_document and (header := _asking_header(content)):
        return list(header), _table_rows(content, header, notes), False
    return documents.COLUMNS, _document(content), True


def _document(content: Content) -> Iterator[tuple]:
    empty = True
    for row in document_rows(chain.from_iterable(map(_lines, _blocks(content))), content.name):
        empty = False
        yield row
    if empty:
        raise without_text(content)


def _lines(block: _Block) -> list[str]:
    rows = [_BETWEEN_CELLS.join(" ".join(cell.split()) for cell in cells) for cells in block.table]
    return [*(rows or block.text.split("\n")), ""]


def _asking_header(content: Content) -> tuple[str, ...] | None:
    """The header of the tables that hold questions with answers, where these are most of the text."""
    header, inside, outside = None, 0, 0
    for block in _blocks(content):
        size = len(block.text) + sum(len(cell) for cells in block.table for cell in cells)
        first = block.table[0] if len(block.table) > 1 else ()
        if count_known(first) > 1 and header in (None, first) and len(set(first)) == len(first):
            header, inside = first, inside + size
        else:
            outside += size
    return header if inside > outside else None


def _table_rows(content: Content, header: tuple[str, ...], notes: list[str]) -> Iterator[tuple]:
    number = left = 0
    for block in _blocks(content):
        if not block.table or block.table[0] != header:
            left += bool(block.text.strip() or block.table)
            continue
        for cells in block.table:
            number += 1
            if cells != header and any(cells):
                yield number, dict(zip(header, cells, strict=False))
    notes.append("a table of questions with answers: each of its rows is read as one")
    if left:
        notes.append(f"paragraphs and tables beside it, which are left out: {left:,}")


def _blocks(content: Content) -> Iterator[_Block]:
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
                    yield _Block(table=tuple(_rows(element)))
                elif element.tag == _PARAGRAPH:
                    yield _Block(_text(element))
                if element.tag in (_TABLE, _PARAGRAPH):
                    element.clear()
                    content.meter.at(content.meter.done)  # it gets on, though no row may come yet
        except (ParseError, DefusedXmlException) as error:
            raise InputError(
                f"{content.name} is a broken Word file, at byte {file.tell()} of its text: {error}.",
                "Save it again from Word.",
            ) from None


def _rows(table) -> Iterator[tuple[str, ...]]:
    """The texts of the cells of each row that no tracked change takes out."""
    for row in _inside(table, _ROW):
        if row.find(f"{_W}trPr/{_W}del") is None:
            cells = (_inside(cell, _PARAGRAPH) for cell in _inside(row, _CELL))
            yield tuple("\n".join(filter(None, map(_text, paragraphs))).strip() for paragraphs in cells)


def _inside(element, tag: str) -> Iterator:
    """The elements of that tag in an element, not those within one another; a table in a cell is part of its text."""
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


def without_text(content: Content) -> InputError:
    """The error of a document in which there is nothing to read."""
    return InputError(
        f"{content.name} holds no text (from row 1 to byte {content.size_bytes}): its pages may be pictures.",
        "Have the text recognised first (OCR).",
    )
