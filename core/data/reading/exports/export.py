"""What every kind of export provides: how to recognize it, how to convert its rows, and what to note about it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding

Rows = Iterator[tuple]
"""Numbered rows: (number, values), or (number, {}, reason it cannot be read)."""

OTHER_FORM = (AttributeError, KeyError, TypeError, ValueError)
"""Raised when a field holds something other than what the exporting program writes there."""


class ExportNotes:
    """Notes on an export: how it is read and, at the end, what was left out."""

    def __init__(self, lines: list[str]):
        self.lines = lines
        self._counts: Counter[str] = Counter()

    def add(self, line: str) -> None:
        """Add a note now."""
        self.lines.append(line)

    def count(self, what: str, times: int = 1) -> None:
        """Count something that was left out or decided, to be noted with its total at the end."""
        self._counts[what] += times

    def settle(self) -> None:
        """Turn the counts into notes."""
        self.lines += [f"{what}: {count:,}" for what, count in self._counts.items() if count]


class Export(NamedTuple):
    """An export stored as rows (JSON, CSV, Parquet), each of which is converted to any number of rows."""

    name: str
    how: str
    """How it is read, in words for the user."""
    matches: Callable[[list[dict]], bool]
    """Whether a file with these first rows is such an export."""
    convert: Callable[[Rows, ExportNotes], Rows]
    is_row_by_row: bool = False
    """Whether rows are converted one at a time, so that a malformed one does not affect the others."""
    is_any_row: bool = False
    """Whether other rows may be among them, which pass through unchanged."""


class TextExport(NamedTuple):
    """An export stored as text in a format of its own."""

    name: str
    how: str
    matches: Callable[[str, str], bool]
    """Whether a text with this beginning, in a file with this suffix, is such an export."""
    convert: Callable[[Content, Encoding, ExportNotes], Rows]
