"""The text of PDF files, page by page; two-column pages are read one column after the other."""

from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.texts.documents import document_rows, without_text
from core.data.reading.texts.layout import Box, columns_of, lines_of
from core.errors import InputError

_MOST_PAGES = 100_000
_MOST_BOXES = 5_000
"""On a page; one with more is a drawing."""
_PAGES_NAMED = 10


def open_pdf(content: Content, notes: list[str]) -> Iterator[tuple]:
    """The pieces of a PDF. Raises InputError where it is damaged, locked, or holds only scanned pages."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content.seekable())
    except pypdfium2.PdfiumError as error:
        why, remedy = f"cannot be read as a PDF ({error})", "Save or print it as a PDF again."
        if "password" in str(error).lower():
            why, remedy = "is locked with a password", "Save it again without a password."
        raise InputError(f"{content.name} {why}: stopped before page 1.", remedy) from None
    pages = min(len(document), _MOST_PAGES)
    empty = True
    for row in document_rows(_lines(document, pages, content, notes), content.name):
        empty = False
        yield row
    if empty:
        raise without_text(content)


def _lines(document, pages: int, content: Content, notes: list[str]) -> Iterator[str]:
    import pypdfium2

    in_columns = []
    for number in range(pages):
        try:
            page = document[number]
            text = page.get_textpage()
            lines = _in_columns(page, text)
            if lines:
                in_columns.append(number + 1)
            else:
                lines = _dehyphenated(text.get_text_bounded()).splitlines()
        except pypdfium2.PdfiumError as error:
            raise InputError(
                f"{content.name} is damaged at page {number + 1}: {error}.", "Save it again, or without that page."
            ) from None
        yield from lines
        yield ""
        page.close()
        content.meter.at(min(content.meter.total, content.size_bytes * (number + 1) // pages))
    if in_columns:
        more = ", …" if len(in_columns) > _PAGES_NAMED else ""
        named = ", ".join(map(str, in_columns[:_PAGES_NAMED]))
        notes.append(f"two columns were found, and read left to right, on page {named}{more}")


def _dehyphenated(text: str) -> str:
    """Rejoin words hyphenated at line ends, which pdfium marks with U+FFFE."""
    return text.replace("\ufffe\r\n", "").replace("\ufffe", "")


def _in_columns(page, text) -> list[str]:
    """The lines of a two-column page stored line by line across both columns; empty for any other page."""
    count = text.count_rects()
    if not 0 < count <= _MOST_BOXES:
        return []
    boxes = [Box(*text.get_rect(number)) for number in range(count)]
    columns = columns_of(boxes, lambda: _rules(page))
    return lines_of(columns, lambda box: _dehyphenated(text.get_text_bounded(*box))) if columns else []


def _rules(page) -> list[Box]:
    """The lines and frames drawn on a page."""
    from pypdfium2.raw import FPDF_PAGEOBJ_PATH

    return [Box(*drawn.get_bounds()) for drawn in page.get_objects(filter=[FPDF_PAGEOBJ_PATH])]
