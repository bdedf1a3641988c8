"""Both halves of a batch at once on a CPU, each on a thread of its own with half of the cores.

A step of a small model is thousands of operations of some 50 µs. Where each is shared out among the cores, they wait
for one another at its end, for longer than it takes if another process needs a core for a moment. Halves wait once a
step. There are two and never more, and nothing is added to before: two gradients add up to the same in either order,
three do not, so this way a run repeats bit by bit.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

from core.training.examples import TokenizedExample

EachHalf = Callable[[Callable[[list[TokenizedExample]], float], list[TokenizedExample]], float]
"""What applies a function to the halves of a batch and adds up what it returns."""


@contextmanager
def in_halves() -> Iterator[EachHalf]:
    """Two threads until the end of the block. Autograd is on in them, whatever it is here."""
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(2, "half", torch.set_num_threads, (threads // 2,)) as pool:
            yield lambda function, batch: sum(pool.map(function, _halves(batch)))
    finally:
        torch.set_num_threads(threads)  # MKL has one setting for all threads


def as_a_whole(function: Callable[[list[TokenizedExample]], float], batch: list[TokenizedExample]) -> float:
    """An EachHalf that leaves a batch in one piece."""
    return function(batch)


def _halves(batch: list[TokenizedExample]) -> list[list[TokenizedExample]]:
    """Of a batch that is ordered by length, two of about as many tokens; one if there is one example."""
    halves: tuple[list, list] = [], []
    for example in reversed(batch):
        min(halves, key=_tokens).append(example)
    return [half for half in halves if half]


def _tokens(examples: list[TokenizedExample]) -> int:
    return sum(len(example.ids) for example in examples)
