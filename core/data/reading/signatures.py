"""File types told by their first bytes or, for documents stored as zip, by the names inside."""

from core.data.reading.archives.zips import zip_names
from core.data.reading.content import Content

NOT_READ = {
    b"GGUF": "a GGUF model",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"{\\rtf": "an RTF document",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"FEA1": "a Feather file of version 1",
    b"\x1f\x8b": "compressed twice",
    b"BZh": "compressed twice",
    b"\xfd7zXZ": "compressed twice",
}
ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ZIPPED = {
    "word/document.xml": "Word",
    "xl/workbook.xml": "Excel",
    "xl/workbook.bin": "Excel",
    "content.xml": "Excel",  # OpenDocument; a text document fails later, for having no sheets
    "ppt/presentation.xml": "a PowerPoint file",
}


def is_archive(content: Content, head: bytes) -> bool:
    """Whether this is a zip archive rather than a document that is stored as a zip (Word, Excel)."""
    return head.startswith(ZIP) and not zipped_kind(content)


def zipped_kind(content: Content) -> str | None:
    """`Word`, `Excel` or another document, by the names in a zip; None for an ordinary archive."""
    names = zip_names(content)
    return next((kind for name, kind in _ZIPPED.items() if name in names), None)
