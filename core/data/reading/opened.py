"""A file that has been opened as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.data.reading.tables.json_spans import Span


@dataclass
class Opened:
    """A file's format, columns and rows. A row is (number, values), or (number, {}, reason it cannot be read)."""

    format: str
    columns: list[str]
    rows: Iterator[tuple]
    encoding: str | None = None
    is_document: bool = False
    notes: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    spans: Iterator[Span | list[tuple]] | None = None
    """For JSON lines, where possible: the rows as spans of the file, to be parsed elsewhere."""
