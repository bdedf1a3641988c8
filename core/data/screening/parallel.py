"""Work for several processes: every item goes to one of them, and the results come back in the items' order."""

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
    """`make()(item)` for each item, as `Processes.map`."""
    with closing(Processes(make, most)) as processes:
        yield from processes.map(items)


class Processes:
    """As many processes as there are cores, or `most`; `make` is called once in each, and its result does the work.

    The main module of a script must stand a second import (`if __name__`).
    """

    def __init__(self, make: Callable[[], Callable[[Item], Result]], most: int = _MOST_PROCESSES):
        self._count = min(os.cpu_count() or 1, most)
        self._pool = ProcessPoolExecutor(
            self._count, mp_context=get_context("spawn"), initializer=_begin, initargs=(make,)
        )

    def start(self) -> None:
        """Get ready now, not at the first item. What goes wrong is told then."""
        for _ in range(self._count):
            self._pool.submit(_get_ready)

    def map(self, items: Iterable[Item]) -> Iterator[Result]:
        """What comes of each item, in order. Items are taken as they are needed: neither they nor results pile up.

        Raises what the work raises, and UnavailableError when a process is killed.
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
                "A process that worked on the rows was ended from outside, most likely for want of memory.",
                "Free memory, or give fewer or shorter rows.",
            ) from error

    def close(self) -> None:
        """Nothing more will come."""
        self._pool.shutdown(cancel_futures=True)


def _begin(make: Callable[[], Callable]) -> None:
    global _make
    _make = make
    keep_memory()
    gc.disable()  # the work leaves no cycles behind, and looking for them takes time
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A killed parent can tell nobody: whoever waits for its next item would wait for ever."""
    connection.wait([parent_process().sentinel])
    os._exit(1)


def _worker() -> Callable:
    global _work
    if _work is None:  # not in _begin, whose errors nobody would be told of
        _work = _make()
    return _work


def _get_ready() -> None:
    _worker()


def _run(item: Item) -> Result:
    return _worker()(item)
