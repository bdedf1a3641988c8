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
    """Two parts of a batch with as nearly the same number of tokens as can be; one part if there is one example."""
    reached = [1]  # bit n: some of the examples so far have n tokens together
    for example in batch:
        reached.append(reached[-1] | reached[-1] << example.length)
    half = sum(example.length for example in batch) // 2
    tokens = (reached[-1] & (1 << half + 1) - 1).bit_length() - 1
    halves: tuple[list, list] = [], []
    for example, before in zip(reversed(batch), reversed(reached[:-1]), strict=True):
        is_in_first = not before >> tokens & 1  # without it, so many tokens cannot be reached
        halves[0 if is_in_first else 1].append(example)
        tokens -= example.length * is_in_first
    return [half for half in halves if half]
