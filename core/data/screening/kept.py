"""The examples that passed screening: their texts on disk, some numbers about each in memory."""

from pathlib import Path

import numpy as np

from core.data.screening.examples import Examples
from core.data.screening.screened import Screened

_ARRAYS = ("rows", "digests", "questions", "answers", "labels", "words", "splits")


class Kept(Examples):
    """Examples that are added batch by batch, then read by index.

    After `close`, the arrays of `Screened` for all batches are attributes: `rows`, `digests`, `questions`, ...
    """

    def __init__(self, folder: Path, columns: tuple[str, ...]):
        super().__init__(folder, columns, [])
        self._parts: list[Screened] = []
        self._count = 0

    def add(self, screened: Screened) -> None:
        """Append the examples of a batch."""
        self._places.append(screened.place)
        self._parts.append(screened)
        self._count += len(screened.rows)

    def close(self) -> None:
        """End adding, so that the examples can be read."""
        for name in _ARRAYS:
            setattr(self, name, np.concatenate([getattr(part, name) for part in self._parts]))
        self._parts.clear()

    def __len__(self) -> int:
        return self._count
