"""What a kind of export is: how it is recognised, what its rows become, and what the person is told of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.encoding import Encoding

Rows = Iterator[tuple]
"""Numbered rows: (number, values), or (number, {}, the reason it cannot be read)."""


OTHER_FORM = (AttributeError, KeyError, TypeError, ValueError)
"""What reading raises where a field holds something else than the program that exports it writes there."""


class Told:
    """What an export says of itself: how it is read, and in the end what was left out of it."""

    def __init__(self, notes: list[str]):
        self.notes = notes
        self._counts: Counter[str] = Counter()

    def count(self, what: str, times: int = 1) -> None:
        """Something was left out, or decided for the person; told with its number when all is read."""
        self._counts[what] += times

    def settle(self) -> None:
        """Turn the counts into notes."""
        self.notes += [f"{what}: {count:,}" for what, count in self._counts.items() if count]


class Export(NamedTuple):
    """An export that is rows already (JSON, CSV, Parquet), each of which becomes one, none or several others."""

    name: str
    how: str
    """What is read of it, for the person."""
    is_one: Callable[[list[dict]], bool]
    """Whether a file whose first rows are these is one."""
    convert: Callable[[Rows, Told], Rows]
    is_row_by_row: bool = False
    """Whether each row is converted for itself, so that one of another form costs no other."""
    is_any_row: bool = False
    """Whether rows that are no such thing may stand between, which stay as they are."""


class TextExport(NamedTuple):
    """An export that is a text of its own form."""

    name: str
    how: str
    is_one: Callable[[str, str], bool]
    """Whether a text that begins so, in a file of that suffix, is one."""
    convert: Callable[[Content, Encoding, Told], Rows]
