"""Work for several processes: every item goes to one of them, and the results come back in the items' order."""

import ctypes
import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

from core.errors import UnavailableError

Item, Result = TypeVar("Item"), TypeVar("Result")
_MOST_PROCESSES = 16
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h

_make: Callable | None = None
_work: Callable | None = None


def in_processes(
    make: Callable[[], Callable[[Item], Result]], items: Iterable[Item], most: int = _MOST_PROCESSES
) -> Iterator[Result]:
    """`make()(item)` for each item, in order. `make` is called once in each of as many processes as there are cores.

    Items are taken as they are needed, so neither they nor the results pile up. Raises what the work raises, and
    UnavailableError when a process is killed. The main module of a script must stand a second import (`if __name__`).
    """
    count = min(os.cpu_count() or 1, most)
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(make,))
    waiting: deque = deque()
    try:
        for item in items:
            waiting.append(pool.submit(_run, item))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UnavailableError(
            "A process that worked on the rows was ended from outside, most likely for want of memory.",
            "Free memory, or give fewer or shorter rows.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(make: Callable[[], Callable]) -> None:
    global _make
    _make = make
    _keep_memory()
    gc.disable()  # the work leaves no cycles behind, and looking for them takes time
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _keep_memory() -> None:
    """Work on large arrays spends a fifth of its time on fresh pages where glibc returns every array to the system."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 128 << 20)


def _leave_with_parent() -> None:
    """A killed parent can tell nobody: whoever waits for its next item would wait for ever."""
    connection.wait([parent_process().sentinel])
    os._exit(1)


def _run(item: Item) -> Result:
    global _work
    if _work is None:  # not in _begin, whose errors nobody would be told of
        _work = _make()
    return _work(item)
