"""Process pools for measuring examples, started only where there are enough of them."""

from collections.abc import Callable, Iterable

import numpy as np

from core.processes.pool import Pool, in_processes

_ROWS_ALONE, _ROWS_PER_PROCESS = 1_000, 5_000
_ROWS_PER_PIECE = 250


def pool_for(make: Callable[[], Callable], rows: int) -> Pool | None:
    """A started pool for this many rows; None if one is not worth starting."""
    if rows <= _ROWS_ALONE:
        return None
    pool = Pool(make, _processes_for(rows))
    pool.start()
    return pool


def spread_out(make: Callable[[], Callable], indices: np.ndarray, pool: Pool | None) -> Iterable:
    """The results of `make()` on pieces of the indices: in `pool`, or else in a new one if there are many."""
    pieces = [indices[start : start + _ROWS_PER_PIECE] for start in range(0, len(indices), _ROWS_PER_PIECE)]
    if pool:
        return pool.map(pieces)
    if len(indices) <= _ROWS_ALONE:
        return map(make(), pieces)
    return in_processes(make, pieces, _processes_for(len(indices)))


def _processes_for(rows: int) -> int:
    return -(-rows // _ROWS_PER_PROCESS)
