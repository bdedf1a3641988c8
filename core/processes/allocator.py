"""Tunes glibc's allocator: freed memory goes back to the system, or is kept for the next allocation.

Does nothing with other C libraries.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of `mallopt`, from malloc.h."""


def give_memory_back(from_bytes: int) -> None:
    """For servers: return blocks of at least `from_bytes` to the system as soon as they are freed.

    By default glibc keeps the memory of a large request for good, in one heap per thread.
    """
    _set({_MMAP_THRESHOLD: from_bytes, _TRIM_THRESHOLD: from_bytes, _ARENA_MAX: 2})


@contextmanager
def giving_memory_back(from_bytes: int) -> Iterator[None]:
    """The same for the length of the block. Afterwards memory is kept again; there stay two heaps."""
    give_memory_back(from_bytes)
    try:
        yield
    finally:
        keep_memory()


def give_back_now() -> None:
    """Return free pages in the middle of a heap too, which takes a few milliseconds."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def keep_memory() -> None:
    """Keep freed arrays of up to 32 MB, as glibc does by itself once it has seen one freed.

    Where every array goes back to the system, cleaning rows spends a fifth of its time on fresh pages.
    """
    _set({_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 128 << 20})


def _set(options: dict[int, int]) -> None:
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for name, value in options.items():
            mallopt(name, value)
