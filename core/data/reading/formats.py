"""Finds out what a content is, by what is in it, and opens it as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from core.data.reading.archives import zip_names
from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding, detect
from core.data.reading.exports import open_text_export, recognised
from core.data.reading.exports.faq import questions_in
from core.data.reading.tables.json_lines import Span
from core.data.reading.tables.json_rows import looks_like_json, open_json
from core.data.reading.tables.sheets import ARROW_FILE, ARROW_STREAM, open_arrow, open_excel, open_parquet
from core.data.reading.tables.tabular import delimiter_of, open_csv
from core.data.reading.texts import documents
from core.data.reading.texts.html import looks_like_html, page_lines, page_pieces, page_table, read_page
from core.data.reading.texts.pdf import open_pdf
from core.data.reading.texts.word import open_docx
from core.errors import InputError

_HEAD_BYTES = 64 << 10
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_MARKDOWN_SUFFIXES = (".md", ".markdown")
_NOT_READ = {
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
    b"FEA1": "a Feather file of the first version",
    b"\x1f\x8b": "compressed once more",
    b"BZh": "compressed once more",
    b"\xfd7zXZ": "compressed once more",
}
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ZIPPED = {
    "word/document.xml": "Word",
    "xl/workbook.xml": "Excel",
    "xl/workbook.bin": "Excel",
    "content.xml": "Excel",  # of OpenDocument; its texts hold no sheets, and are told so
    "ppt/presentation.xml": "a PowerPoint file",
}


@dataclass
class Opened:
    """What a content was found to be. A row is (number, values) or (number, {}, reason it cannot be read)."""

    format: str
    columns: list[str]
    rows: Iterator[tuple]
    encoding: str | None = None
    is_document: bool = False
    notes: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    spans: Iterator[Span | list[tuple]] | None = None
    """Of JSON lines that can be cut: the rows as pieces of the file."""


def is_archive(content: Content, head: bytes) -> bool:
    """Whether this is a zip of files, not one of the documents that are zips themselves."""
    return head.startswith(_ZIP) and not _zipped_kind(content)


def open_content(content: Content, as_document: bool = False) -> Opened:
    """The rows of one file; of questions written as a document, its pieces where they are wanted `as_document`.

    Raises InputError that says what it is, or where it is broken; so do the rows.
    """
    opened = _opened(content, as_document)
    if not opened.is_document:
        name, columns, rows = recognised(content.name, opened.rows, opened.notes)
        opened.rows = rows
        if name:
            opened.columns, opened.spans = columns, None
    return opened


def _opened(content: Content, as_document: bool) -> Opened:
    head = content.head(_HEAD_BYTES)
    for magic, what in _NOT_READ.items():
        if head.startswith(magic):
            raise InputError(f"{content.name} is {what}, by its first {len(magic)} bytes.", FORMATS_READ)
    if head.startswith(b"PAR1"):
        return Opened("Parquet", *open_parquet(content))
    if head.startswith((ARROW_FILE, ARROW_STREAM)):
        return Opened("Arrow", *open_arrow(content))
    if b"%PDF-" in head[:1024]:
        notes: list[str] = []
        return Opened("PDF", documents.COLUMNS, open_pdf(content, notes), is_document=True, notes=notes)
    if head.startswith(_ZIP):
        return _open_zipped(content, as_document)
    if head.startswith(_OLD_OFFICE):
        columns, rows, notes = open_excel(content, is_zipped=False)
        return Opened("Excel", columns, rows, notes=notes)
    return _open_text(content, as_document)


def _zipped_kind(content: Content) -> str | None:
    names = zip_names(content)
    return next((kind for name, kind in _ZIPPED.items() if name in names), None)


def _open_zipped(content: Content, as_document: bool) -> Opened:
    kind = _zipped_kind(content)
    if kind == "Word":
        notes: list[str] = []
        columns, rows, is_document = open_docx(content, notes, as_document)
        return Opened("Word", columns, rows, is_document=is_document, notes=notes)
    if kind == "Excel":
        columns, rows, notes = open_excel(content, is_zipped=True)
        return Opened("Excel", columns, rows, notes=notes)
    raise InputError(f"{content.name} is {kind or 'a zip archive'}, by the names in it (byte 0).", FORMATS_READ)


def _open_text(content: Content, as_document: bool) -> Opened:
    encoding = detect(content)
    text = _text_head(content, encoding)
    suffix = PurePath(content.name).suffix.lower()
    notes: list[str] = []
    if found := open_text_export(content, encoding, text, suffix, notes, as_document):
        name, columns, rows = found
        return Opened("text", columns, rows, encoding.name, notes=notes)
    if looks_like_html(text) or text.lstrip()[:6].lower() == "<table":
        page = read_page(content, encoding)
        if table := page_table(page):
            return Opened("HTML table", *table, encoding.name)
        if page is not None and not as_document and (found := questions_in(page_lines(page), content.name, notes)):
            return Opened("HTML", *found, encoding.name, notes=notes)
        rows = page_pieces(page, content)
        return Opened("HTML", documents.COLUMNS, rows, encoding.name, is_document=True)
    if text.lstrip().startswith("<?xml"):
        raise InputError(
            f"{content.name} is XML of a form that is not read; of XML only Stack Exchange's Posts.xml is.",
            FORMATS_READ,
        )
    if looks_like_json(text.lstrip(), suffix in _JSON_SUFFIXES):
        found = open_json(content, encoding)
        return Opened(found.form, found.columns, found.rows, encoding.name, spans=found.spans)
    if delimiter := delimiter_of(text, suffix in _TABLE_SUFFIXES):
        form, columns, rows = open_csv(content, encoding, delimiter)
    elif suffix in (*_TABLE_SUFFIXES, *_JSON_SUFFIXES):
        start = text.strip().splitlines()[0][:60]
        raise InputError(f"{content.name} is neither CSV nor JSON: in row 1 it begins with {start!r}.", FORMATS_READ)
    else:
        form = "Markdown" if suffix in _MARKDOWN_SUFFIXES else "text"
        return Opened(form, documents.COLUMNS, documents.open_text(content, encoding), encoding.name, is_document=True)
    return Opened(form, columns, rows, encoding.name)


def _text_head(content: Content, encoding: Encoding) -> str:
    with encoding.open(content, is_counted=False) as file:
        return file.read(_HEAD_BYTES)
