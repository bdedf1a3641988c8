"""What follows from a step's number alone: which examples it sees, in which batches, and at which learning rate.

Nothing here depends on earlier steps, so a resumed run takes the same steps as one that was never stopped.
"""

import math
from typing import TYPE_CHECKING

from core.forecast.drawing import chosen_by_step, order_in
from core.specs import TrainSpec

if TYPE_CHECKING:  # which loads torch; the inspector asks for the first batch without it
    from core.training.objectives.objective import AnyExample


def learning_rate_of(step: int, total: int, spec: TrainSpec) -> float:
    """The learning rate of step `step` (from 0) of `total`: linear warm-up, then the schedule down to nearly 0.

    `warmup_stable_decay` stays at its highest until the last `lr_decay_ratio` of all steps, and falls there with the
    square root of their share (Hägele et al., 2024, arXiv:2405.18392).
    """
    warmup = _rounded_up(spec.warmup_ratio * total)
    if step < warmup:
        return spec.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    decay = max(1, _rounded_up(spec.lr_decay_ratio * total))
    decayed = max(0.0, (step - (total - decay)) / decay)
    shape = {
        "cosine": (1 + math.cos(math.pi * done)) / 2,
        "linear": 1 - done,
        "constant": 1.0,
        "warmup_stable_decay": 1 - math.sqrt(decayed),
    }
    return spec.learning_rate * shape[spec.lr_scheduler]


def examples_of_step(
    examples: list["AnyExample"], step: int, batch_size: int, accumulation: int, seed: int
) -> list[list["AnyExample"]]:
    """The batches whose gradients optimizer step `step` (from 0) accumulates.

    Order within a step does not change its gradient, so examples of similar length share a batch and need less padding.
    """
    chosen = chosen_by_step(len(examples), step, batch_size, accumulation, seed)
    return in_batches([examples[index] for index in chosen], batch_size)


def filled_step(examples: int, step: int, per_step: int, seed: int) -> list[int]:
    """As `chosen_by_step`, but all steps see as many: the next epoch fills up the last step of one."""
    places = range(step * per_step, (step + 1) * per_step)
    return [int(order_in(examples, place // examples, seed)[place % examples]) for place in places]


def in_batches(examples: list["AnyExample"], batch_size: int) -> list[list["AnyExample"]]:
    """All of `examples` in batches, shortest first."""
    ordered = sorted(examples, key=lambda example: example.length)
    return [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]


def _rounded_up(steps: float) -> int:
    """Whole steps; 1.1 × 100 is 110, although the floating-point product is slightly more."""
    return math.ceil(round(steps, 6))
