"""How glibc keeps the memory that a long-lived process has freed: it gives large pieces back to the system at once.

Left to itself it keeps what a large request took, for the next one, for good, and in a heap of each thread.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The names of `mallopt`, as malloc.h has them."""


def give_memory_back(from_bytes: int) -> None:
    """From now on, in this process: pieces of at least so many bytes, and what is free at the end of the heap.

    Smaller ones are worth keeping where they are wanted all the time. Does nothing where the C library has no such
    settings.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, from_bytes)
        mallopt(_TRIM_THRESHOLD, from_bytes)
        mallopt(_ARENA_MAX, 2)
