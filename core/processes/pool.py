"""Spreads work over several processes; results come back in the order of the items."""

import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

from core.errors import UnavailableError
from core.processes.allocator import keep_memory

Item, Result = TypeVar("Item"), TypeVar("Result")
_MOST_PROCESSES = 16

_make: Callable | None = None
_work: Callable | None = None


def in_processes(
    make: Callable[[], Callable[[Item], Result]], items: Iterable[Item], most: int = _MOST_PROCESSES
) -> Iterator[Result]:
    """`make()(item)` for each item, in a pool for this call only; see `Pool.map`."""
    with closing(Pool(make, most)) as pool:
        yield from pool.map(items)


class Pool:
    """A pool of as many processes as there are cores, at most `most`. Each calls `make` once to get its work function.

    Processes are spawned, so the main module of a script needs `if __name__ == "__main__"`.
    """

    def __init__(self, make: Callable[[], Callable[[Item], Result]], most: int = _MOST_PROCESSES):
        self._count = min(os.cpu_count() or 1, most)
        self._pool = ProcessPoolExecutor(
            self._count, mp_context=get_context("spawn"), initializer=_begin, initargs=(make,)
        )

    def start(self) -> None:
        """Start the processes now, not at the first item. Errors are raised by `map`."""
        for _ in range(self._count):
            self._pool.submit(_get_ready)

    def map(self, items: Iterable[Item]) -> Iterator[Result]:
        """The result of each item, in order. Takes items only as fast as they are processed (back pressure).

        Raises what the work function raises, and UnavailableError when a process is killed.
        """
        waiting: deque = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(_run, item))
                if len(waiting) > 2 * self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise UnavailableError(
                "A worker process was killed, most likely because memory ran out.",
                "Free memory, or use fewer or shorter rows.",
            ) from error

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


def _begin(make: Callable[[], Callable]) -> None:
    global _make
    _make = make
    keep_memory()
    gc.disable()  # the work creates no reference cycles, and searching for them takes time
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Exit when the parent does: a killed parent sends no signal, and its children would wait forever."""
    connection.wait([parent_process().sentinel])
    os._exit(1)


def _worker() -> Callable:
    global _work
    if _work is None:  # not in _begin: the pool would swallow its error
        _work = _make()
    return _work


def _get_ready() -> None:
    _worker()


def _run(item: Item) -> Result:
    return _worker()(item)
