"""Counts what happens while a file is read: progress, undecodable bytes, rows with too few or too many cells."""

from collections import Counter, defaultdict
from collections.abc import Callable

_ROWS_NAMED = 20


class Meter:
    """How far reading has got: for progress, for the time limit, and to locate errors."""

    def __init__(self, on_progress: Callable[[], None]):
        self.total = 0
        self.done = 0
        self.row = 0
        """The number of the last row read."""
        self.replaced: Counter[str] = Counter()
        """How many byte sequences could not be decoded, by encoding."""
        self._too_few: Counter[str] = Counter()
        self._rows_too_few: dict[str, list[int]] = defaultdict(list)
        self._surplus: Counter[tuple[str, str]] = Counter()
        self._on_progress = on_progress

    def at(self, done: int) -> None:
        """Record that byte `done` of the input has been reached."""
        self.done = done
        self._on_progress()

    def place(self) -> str:
        """Where reading is, to append to a message."""
        return f" after row {self.row} (byte {self.done})" if self.row else f" at byte {self.done}"

    def too_few(self, row: int, name: str) -> None:
        """Record that a row of file `name` has fewer cells than its header."""
        self._too_few[name] += 1
        if self._too_few[name] <= _ROWS_NAMED:
            self._rows_too_few[name].append(row)

    def surplus(self, name: str, column: str) -> None:
        """Record that surplus cells of a row were joined into its last `column`."""
        self._surplus[name, column] += 1

    def notes(self) -> list[str]:
        """What was recorded, in words."""
        too_few = [
            f"{name} has fewer cells than columns in {count:,} row{'s' * (count > 1)}; missing cells were taken as "
            f"empty: row {', '.join(map(str, self._rows_too_few[name]))}{', …' * (count > _ROWS_NAMED)}"
            for name, count in self._too_few.items()
        ]
        surplus = [
            f"{name} has more commas than columns in {count:,} row{'s' * (count > 1)}; they were read as part of the "
            f"last column {column!r}, the only one with sentences"
            for (name, column), count in self._surplus.items()
        ]
        replaced = [
            f"{count} byte sequence{'s' * (count > 1)} could not be decoded as {encoding}, and read \ufffd now"
            for encoding, count in self.replaced.items()
        ]
        return [*too_few, *surplus, *replaced]
