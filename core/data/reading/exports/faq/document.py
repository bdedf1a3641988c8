"""Recognizes documents of questions and answers, and reads them as rows."""

from collections.abc import Callable

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports.export import ExportNotes, Rows, TextExport
from core.data.reading.exports.faq.headings import question_level, rows_of_headings
from core.data.reading.exports.faq.markers import has_markers, rows_of_markers
from core.data.reading.exports.faq.tables import rows_of_table, table_header

_SUFFIXES = (".md", ".markdown", ".txt", ".text", "")


def questions_in(lines: list[str], name: str, notes: list[str]) -> tuple[list[str], Rows] | None:
    """The columns and rows of a document of questions and answers; None for any other document."""
    if (read := _reader_of(lines)) is None:
        return None
    notes.append(f"{name} is {EXPORT.name}: {EXPORT.how}")
    export_notes = ExportNotes(notes)
    rows = list(read(lines, export_notes))
    export_notes.settle()
    return list(rows[0][1]), iter(rows)


def _reader_of(lines: list[str]) -> Callable[[list[str], ExportNotes], Rows] | None:
    """The function that reads these lines as questions and answers; None where they are not."""
    if table_header(lines) is not None:
        return rows_of_table
    if has_markers(lines):
        return rows_of_markers
    return rows_of_headings if question_level(lines) else None


def _matches(head: str, suffix: str) -> bool:
    return suffix in _SUFFIXES and _reader_of(head.splitlines()) is not None


def _convert(content: Content, encoding: Encoding, notes: ExportNotes) -> Rows:
    with encoding.open(content) as file:
        lines = file.read().splitlines()
    yield from _reader_of(lines)(lines, notes)


EXPORT = TextExport(
    "a list of questions and answers", "each question becomes a row with its answer", _matches, _convert
)
