"""Finds out what a content is, by what is in it, and opens it as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from core.data.reading import documents
from core.data.reading.content import Content
from core.data.reading.encoding import FORMATS_READ, Encoding, detect
from core.data.reading.json_rows import looks_like_json, open_json
from core.data.reading.tabular import delimiter_of, open_csv
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
    b"ARROW1": "an Arrow file",
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


def open_content(content: Content) -> Opened:
    """The rows of one file. Raises InputError that says what it is, or where it is broken; so do the rows."""
    head = content.head(_HEAD_BYTES)
    for magic, what in _NOT_READ.items():
        if head.startswith(magic):
            raise InputError(f"{content.name} is {what}, by its first {len(magic)} bytes.", FORMATS_READ)
    return _open_text(content, head)


def _open_text(content: Content, head: bytes) -> Opened:
    encoding = detect(content)
    text = _text_head(content, encoding)
    suffix = PurePath(content.name).suffix.lower()
    if looks_like_json(text.lstrip(), suffix in _JSON_SUFFIXES):
        form, columns, rows = open_json(content, encoding)
    elif delimiter := delimiter_of(text, suffix in _TABLE_SUFFIXES):
        form, columns, rows = open_csv(content, encoding, delimiter)
    elif suffix in (*_TABLE_SUFFIXES, *_JSON_SUFFIXES):
        start = text.strip().splitlines()[0][:60]
        raise InputError(f"{content.name} is neither CSV nor JSON: in row 1 it begins with {start!r}.", FORMATS_READ)
    else:
        form = "Markdown" if suffix in _MARKDOWN_SUFFIXES else "text"
        return Opened(form, documents.COLUMNS, documents.open_text(content, encoding), encoding.name, is_document=True)
    return Opened(form, columns, rows, encoding.name)


def _text_head(content: Content, encoding: Encoding) -> str:
    with encoding.open(content) as file:
        return file.read(_HEAD_BYTES)
