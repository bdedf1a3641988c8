"""What every source of examples looks like from outside: numbered rows, their columns, and where they are from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.data.shapes import Detected
from core.examples.drops import Drop


class Row(NamedTuple):
    """One row as the source has it, or the reason why it could not be read."""

    number: int
    """As the person would count: the header of a CSV is row 1, the first object of a JSON array too."""
    values: dict[str, object]
    problem: Drop | None = None


class Packet(NamedTuple):
    """Some rows as they come from a reader, to be unpacked where they are worked on."""

    size_bytes: int
    frame: bytes
    file: Path
    """Where the rows stand that the frame only points to."""


@dataclass(frozen=True)
class Source:
    """An open source of rows."""

    facts: dict[str, object]
    """Where the rows are from, for the report."""
    columns: list[str]
    rows: Iterator[Row]
    position: Callable[[], tuple[float, float]]
    """How much has been read, of how much, in one unit."""
    packets: Iterator[Packet] | None = None
    """The same rows packed, to be taken instead of `rows`."""
    settle: Callable[[], None] = lambda: None
    """Waits for those of the facts that are found out while the rows are read; to be called after the last one."""
    detected: Detected | None = None
    """How its rows become examples, where whoever made them has found that out."""
