"""Rows linked by parent ids, held in memory until the source ends."""

from collections.abc import Iterator

from core.data.rows import Row
from core.errors import InputError
from core.examples.texts import text_of

_NONE = frozenset({"0", "-1", "none", "null", "nan", "root", "-"})
"""Values of the parent id in a row that has no parent."""
_MOST_ROWS = 2_000_000


def key_of(value: object) -> str:
    """An id as text; "" for none."""
    return (text_of(value) or "").strip()


class TreeRows:
    """All rows of a source, linked to their parents."""

    def __init__(self, names: tuple[str, str], columns: list[str], facts: dict[str, object]):
        self._own, self._parent = names
        self._columns = columns
        """Columns that a conversation keeps from one of its rows."""
        self._facts = facts
        self._rows: dict[str, Row] = {}
        self._following: dict[str, list[str]] = {}
        self._roots: list[str] = []

    def _read(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Store all rows by id, and yield those that are unreadable or have no unique id."""
        for row in rows:
            key = "" if row.problem else key_of(row.values.get(self._own))
            if not key or key in self._rows:
                yield row
                continue
            if len(self._rows) >= _MOST_ROWS:
                raise InputError(
                    f"Over {_MOST_ROWS:,} rows are linked by {self._parent!r}, which is too many (row {row.number}).",
                    "Use fewer rows, or choose questions and answers as the kind of data, which are not joined.",
                )
            self._rows[key] = row
        for key, row in self._rows.items():
            parent = key_of(row.values.get(self._parent))
            if parent and (parent in self._rows or parent.lower() not in _NONE):
                self._following.setdefault(parent, []).append(key)
            else:
                self._roots.append(key)
        if not self._roots:  # the parent of each tree's first row is not a row, but its thread for example
            self._roots = [key for parent, keys in self._following.items() if parent not in self._rows for key in keys]

    def _beside(self, key: str) -> dict[str, object]:
        return {column: self._rows[key].values.get(column) for column in self._columns}

    def _note(self, words: str, counts: dict[str, int]) -> None:
        """Add to the notes what was done and what was left out; again at the end, as the reader replaces its notes."""
        lines = [words, *(f"{what}: {count:,}" for what, count in counts.items() if count)]
        self._facts["notes"] = list(dict.fromkeys([*self._facts.get("notes", []), *lines]))
