"""Writes the splits of a dataset, a piece at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.overlap.selection import Step
from core.data.screening.kept import Kept
from core.data.store.writing import write_dataset

_PIECE_BYTES, _MOST_ROWS_PER_PIECE = 64 << 20, 50_000


def write_splits(staged: Path, kept: Kept, splits: dict[str, np.ndarray], step: Step) -> None:
    """Write the examples of each split, given by index, in order and with bounded memory."""
    total, done = sum(map(len, splits.values())), 0
    rows_at_once = max(1, min(_MOST_ROWS_PER_PIECE, int(_PIECE_BYTES * len(kept) / kept.size_bytes)))

    def pieces(indices: np.ndarray) -> Iterator[pa.Table]:
        nonlocal done
        starts = range(0, len(indices), rows_at_once)
        for piece in _ahead(kept.table(indices[start : start + rows_at_once]) for start in starts):
            step(done, total, "splitting and writing")
            yield piece
            done += len(piece)

    write_dataset(staged, {name: pieces(indices) for name, indices in splits.items()}, [*kept.columns, "row"])


def _ahead(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The pieces; each is gathered while the one before is written."""
    with ThreadPoolExecutor(1) as aside:
        coming = aside.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = aside.submit(next, pieces, None)
            yield piece
