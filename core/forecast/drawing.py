"""Which examples an optimizer step sees: it follows from the step's number, so forecasts know it too."""

from functools import lru_cache

import numpy as np

from core.specs.train import steps_per_epoch


def chosen_by_step(examples: int, step: int, batch_size: int, accumulation: int, seed: int) -> np.ndarray:
    """Which of this many examples optimizer step `step` (from 0) sees: indices, int64, in the order of the epoch."""
    epoch, position = divmod(step, steps_per_epoch(examples, batch_size, accumulation))
    start = position * batch_size * accumulation
    return order_in(examples, epoch, seed)[start : start + batch_size * accumulation]


@lru_cache(maxsize=1)
def order_in(examples: int, epoch: int, seed: int) -> np.ndarray:
    """The order in which an epoch visits the examples, int64, (examples,)."""
    return np.random.default_rng([seed, epoch]).permutation(examples)
