"""The text of Word (docx) and PDF files."""

import zipfile
from collections.abc import Iterator

from core.data.reading.archives import check_document
from core.data.reading.content import Content
from core.data.reading.documents import document_rows
from core.errors import InputError

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_PAGES = 100_000


def open_docx(content: Content) -> Iterator[tuple]:
    """The pieces of a Word file. Raises InputError where it is broken, and where it is a bomb."""
    check_document(content)
    empty = True
    for row in document_rows(_word_lines(content), content.name):
        empty = False
        yield row
    if empty:
        raise _without_text(content)


def _word_lines(content: Content) -> Iterator[str]:
    """The text of each paragraph, an empty line after each."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    with zipfile.ZipFile(content.seekable()) as archive, archive.open("word/document.xml") as file:
        try:
            for _, element in iterparse(file, forbid_dtd=True):
                if element.tag == f"{_WORD}p":
                    yield from _paragraph(element).split("\n")
                    yield ""
                    element.clear()
        except (ParseError, DefusedXmlException) as error:
            raise InputError(
                f"{content.name} is a broken Word file, at byte {file.tell()} of its text: {error}.",
                "Save it again from Word.",
            ) from None


def _paragraph(element) -> str:
    parts = []
    for part in element.iter():
        if part.tag == f"{_WORD}t":
            parts.append(part.text or "")
        elif part.tag == f"{_WORD}tab":
            parts.append("\t")
        elif part.tag in (f"{_WORD}br", f"{_WORD}cr"):
            parts.append("\n")
    return "".join(parts)


def open_pdf(content: Content) -> Iterator[tuple]:
    """The pieces of a PDF. Raises InputError where it is broken, locked, or holds pictures of pages only."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content.seekable())
    except pypdfium2.PdfiumError as error:
        why, remedy = f"cannot be read as a PDF ({error})", "Save or print it as a PDF again."
        if "password" in str(error).lower():
            why, remedy = "is locked with a password", "Save it again without one."
        raise InputError(f"{content.name} {why}: page 1 is not reached.", remedy) from None
    pages = min(len(document), _MOST_PAGES)
    empty = True
    for row in document_rows(_pdf_lines(document, pages, content), content.name):
        empty = False
        yield row
    if empty:
        raise _without_text(content)


def _pdf_lines(document, pages: int, content: Content) -> Iterator[str]:
    import pypdfium2

    for number in range(pages):
        try:
            page = document[number]
            text = page.get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError as error:
            raise InputError(
                f"{content.name} is broken at page {number + 1}: {error}.", "Save it again, or without that page."
            ) from None
        # What the eye reads as one word ends a line with a mark for the hyphen.
        yield from text.replace("\ufffe\r\n", "").replace("\ufffe", "").splitlines()
        yield ""
        page.close()
        content.meter.at(min(content.meter.total, content.size_bytes * (number + 1) // pages))


def _without_text(content: Content) -> InputError:
    return InputError(
        f"{content.name} holds no text (from row 1 to byte {content.size_bytes}): its pages may be pictures.",
        "Have the text recognised first (OCR).",
    )
