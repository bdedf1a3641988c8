"""How glibc's allocator treats what a process has freed: given back to the system, or kept for the next piece.

Does nothing where the C library has no such settings.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The names of `mallopt`, as malloc.h has them."""


def give_memory_back(from_bytes: int) -> None:
    """Give pieces of at least so many bytes back at once, and what is free at the end of the heap: for servers.

    Left to itself glibc keeps what a large request took, for good, and in a heap of each thread.
    """
    _set({_MMAP_THRESHOLD: from_bytes, _TRIM_THRESHOLD: from_bytes, _ARENA_MAX: 2})


def give_back_now() -> None:
    """Give back whole pages that are free in the midst of a heap as well, which takes some milliseconds."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def keep_memory() -> None:
    """Keep arrays of up to 32 MB: work on them spends a fifth of its time on fresh pages where each is given back."""
    _set({_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 128 << 20})


def _set(options: dict[int, int]) -> None:
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for name, value in options.items():
            mallopt(name, value)
