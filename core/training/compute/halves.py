"""Runs both halves of a batch at once on a CPU, each in its own thread with half of the cores.

A step of a small model is thousands of operations of about 50 µs. If each is split across all cores, they wait for one
another after every operation, and for longer whenever another process takes a core. Halves wait once a step. There are
never more than two, and they start from zero gradients: two gradients add up to the same in either order, three do not,
so a run stays reproducible bit for bit.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol, TypeVar

import torch


class Sized(Protocol):
    """Something of a length in tokens."""

    @property
    def length(self) -> int: ...


Result = TypeVar("Result")
EachHalf = Callable[[Callable[[list[Sized]], Result], list[Sized]], list[Result]]
"""Applies a function to each half of a batch and returns the results, in order."""


@contextmanager
def in_halves() -> Iterator[EachHalf]:
    """Two threads for the length of the block. Autograd is on in them, even if it is off in the calling thread."""
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(2, "half", torch.set_num_threads, (threads // 2,)) as pool:

            def each(function: Callable[[list[Sized]], Result], batch: list[Sized]) -> list[Result]:
                halves = [pool.submit(function, half) for half in _halves(batch)]
                wait(halves)  # if one fails, the other must not keep adding to the gradients
                return [half.result() for half in halves]

            yield each
    finally:
        torch.set_num_threads(threads)  # MKL has one setting for all threads


def as_a_whole(function: Callable[[list[Sized]], Result], batch: list[Sized]) -> list[Result]:
    """An EachHalf that does not split the batch."""
    return [function(batch)]


def _halves(batch: list[Sized]) -> list[list[Sized]]:
    """Two parts of a batch sorted by length, with about as many tokens each; one part if there is one example."""
    halves: tuple[list, list] = [], []
    for example in reversed(batch):
        min(halves, key=_tokens).append(example)
    return [half for half in halves if half]


def _tokens(examples: list[Sized]) -> int:
    return sum(example.length for example in examples)
