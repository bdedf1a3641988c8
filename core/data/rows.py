"""What every source of examples provides: numbered rows, their columns, and facts on where they come from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.data.shapes import Detected
from core.examples.drops import Drop


class Row(NamedTuple):
    """One row of a source, or the reason why it could not be read."""

    number: int
    """Counted from 1 as a person would: a CSV's header is row 1, and so is the first object of a JSON array."""
    values: dict[str, object]
    problem: Drop | None = None


class Packet(NamedTuple):
    """A batch of rows as the reader sends it, still packed, so that it can be unpacked in another process."""

    size_bytes: int
    frame: bytes
    file: Path
    """The file that holds the rows, where the frame only points to them."""


@dataclass(frozen=True)
class Source:
    """An open source of rows."""

    facts: dict[str, object]
    """Where the rows come from, for the report."""
    columns: list[str]
    rows: Iterator[Row]
    position: Callable[[], tuple[float, float]]
    """How much has been read and how much there is, in the same unit."""
    packets: Iterator[Packet] | None = None
    """The same rows packed; read either these or `rows`, not both."""
    settle: Callable[[], None] = lambda: None
    """Completes the facts that are computed while rows are read; call it after the last row."""
    detected: Detected | None = None
    """How the rows become examples, if the source already knows."""
