"""Finds out the format of a file from its content, and opens it as rows."""

from pathlib import PurePath

from core.data.reading.content import Content
from core.data.reading.encodings.detection import detect_encoding
from core.data.reading.encodings.encoding import FORMATS_READ, Encoding
from core.data.reading.exports import converted_export, open_text_export
from core.data.reading.exports.faq.document import questions_in
from core.data.reading.opened import Opened
from core.data.reading.signatures import NOT_READ, OLD_OFFICE, ZIP, zipped_kind
from core.data.reading.tables.arrow import ARROW_FILE, ARROW_STREAM, open_arrow, open_parquet
from core.data.reading.tables.csv_rows import open_csv
from core.data.reading.tables.delimiters import delimiter_of
from core.data.reading.tables.excel import open_excel
from core.data.reading.tables.json_rows import looks_like_json, open_json
from core.data.reading.texts import documents
from core.data.reading.texts.html import looks_like_html, page_lines, page_pieces, page_table, read_page
from core.data.reading.texts.pdf import open_pdf
from core.data.reading.texts.word import open_docx
from core.errors import InputError

_HEAD_BYTES = 64 << 10
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_MARKDOWN_SUFFIXES = (".md", ".markdown")


def open_content(content: Content, as_document: bool = False) -> Opened:
    """The rows of one file. `as_document` reads questions and answers written as a document as plain text.

    Raises InputError that says what the file is, or where it is damaged; so does iterating over the rows.
    """
    opened = _opened(content, as_document)
    if not opened.is_document:
        name, columns, rows = converted_export(content.name, opened.rows, opened.notes)
        opened.rows = rows
        if name:
            opened.columns, opened.spans = columns, None
    return opened


def _opened(content: Content, as_document: bool) -> Opened:
    head = content.head(_HEAD_BYTES)
    for magic, what in NOT_READ.items():
        if head.startswith(magic):
            raise InputError(f"{content.name} is {what}, judging by its first {len(magic)} bytes.", FORMATS_READ)
    if head.startswith(b"PAR1"):
        return Opened("Parquet", *open_parquet(content))
    if head.startswith((ARROW_FILE, ARROW_STREAM)):
        return Opened("Arrow", *open_arrow(content))
    if b"%PDF-" in head[:1024]:
        notes: list[str] = []
        return Opened("PDF", documents.COLUMNS, open_pdf(content, notes), is_document=True, notes=notes)
    if head.startswith(ZIP):
        return _open_zipped(content, as_document)
    if head.startswith(OLD_OFFICE):
        columns, rows, notes = open_excel(content, is_zipped=False)
        return Opened("Excel", columns, rows, notes=notes)
    return _open_text(content, as_document)


def _open_zipped(content: Content, as_document: bool) -> Opened:
    kind = zipped_kind(content)
    if kind == "Word":
        notes: list[str] = []
        columns, rows, is_document = open_docx(content, notes, as_document)
        return Opened("Word", columns, rows, is_document=is_document, notes=notes)
    if kind == "Excel":
        columns, rows, notes = open_excel(content, is_zipped=True)
        return Opened("Excel", columns, rows, notes=notes)
    raise InputError(f"{content.name} is {kind or 'a zip archive'}, judging by the names in it (byte 0).", FORMATS_READ)


def _open_text(content: Content, as_document: bool) -> Opened:
    encoding = detect_encoding(content)
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
            f"{content.name} is an unsupported kind of XML; only Stack Exchange's Posts.xml can be read.",
            FORMATS_READ,
        )
    if looks_like_json(text.lstrip(), suffix in _JSON_SUFFIXES):
        found = open_json(content, encoding)
        return Opened(found.form, found.columns, found.rows, encoding.name, spans=found.spans)
    if delimiter := delimiter_of(text, suffix in _TABLE_SUFFIXES):
        form, columns, rows = open_csv(content, encoding, delimiter)
    elif suffix in (*_TABLE_SUFFIXES, *_JSON_SUFFIXES):
        start = text.strip().splitlines()[0][:60]
        raise InputError(f"{content.name} is neither CSV nor JSON: row 1 begins with {start!r}.", FORMATS_READ)
    else:
        form = "Markdown" if suffix in _MARKDOWN_SUFFIXES else "text"
        return Opened(form, documents.COLUMNS, documents.open_text(content, encoding), encoding.name, is_document=True)
    return Opened(form, columns, rows, encoding.name)


def _text_head(content: Content, encoding: Encoding) -> str:
    with encoding.open(content, is_counted=False) as file:
        return file.read(_HEAD_BYTES)
