"""The rows of Word files (docx): pieces of text or, from a table of questions and answers, its rows."""

from collections.abc import Iterator
from itertools import chain

from core.data.reading.archives.xml_bombs import check_document
from core.data.reading.content import Content
from core.data.reading.texts import documents
from core.data.reading.texts.documents import document_rows, without_text
from core.data.reading.texts.word_xml import Block, blocks_of
from core.examples.roles import count_known

_BETWEEN_CELLS = " | "


def open_docx(content: Content, notes: list[str], as_document: bool) -> tuple[list[str], Iterator[tuple], bool]:
    """The columns and rows of a Word file, and whether they are pieces of a document; `as_document` forces that.

    Raises InputError where the file is damaged or its XML could explode.
    """
    check_document(content)
    if not as_document and (header := _question_header(content)):
        return list(header), _table_rows(content, header, notes), False
    return documents.COLUMNS, _document(content), True


def _document(content: Content) -> Iterator[tuple]:
    empty = True
    for row in document_rows(chain.from_iterable(map(_lines, blocks_of(content))), content.name):
        empty = False
        yield row
    if empty:
        raise without_text(content)


def _lines(block: Block) -> list[str]:
    rows = [_BETWEEN_CELLS.join(" ".join(cell.split()) for cell in cells) for cells in block.table]
    return [*(rows or block.text.split("\n")), ""]


def _question_header(content: Content) -> tuple[str, ...] | None:
    """The header of tables of questions and answers, if these make up most of the text."""
    header, inside, outside = None, 0, 0
    for block in blocks_of(content):
        size = len(block.text) + sum(len(cell) for cells in block.table for cell in cells)
        first = block.table[0] if len(block.table) > 1 else ()
        if count_known(first) > 1 and header in (None, first) and len(set(first)) == len(first):
            header, inside = first, inside + size
        else:
            outside += size
    return header if inside > outside else None


def _table_rows(content: Content, header: tuple[str, ...], notes: list[str]) -> Iterator[tuple]:
    number = left = 0
    for block in blocks_of(content):
        if not block.table or block.table[0] != header:
            left += bool(block.text.strip() or block.table)
            continue
        for cells in block.table:
            number += 1
            if cells != header and any(cells):
                yield number, dict(zip(header, cells, strict=False))
    notes.append("a table of questions with answers: each of its rows becomes an example")
    if left:
        notes.append(f"paragraphs and tables outside it left out: {left:,}")
