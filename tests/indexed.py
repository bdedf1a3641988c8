"""The index of answers made in a test, as an evaluation with these rows would leave it."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from core.evaluation.browsing.index import AnswerIndex, open_index
from core.evaluation.browsing.stored_rows import write_rows
from core.specs.results.evaluate import Prediction

_folders: list[TemporaryDirectory] = []
"""Each is removed at the end of the process: an index reads its rows when they are asked for."""


def indexed(rows: Sequence[Prediction]) -> AnswerIndex | None:
    """The index of these rows; None without rows."""
    if not rows:
        return None
    _folders.append(TemporaryDirectory())
    path = Path(_folders[-1].name, "predictions.json")
    with path.open("wb") as file:
        write_rows(file, rows)
    return open_index(path)
