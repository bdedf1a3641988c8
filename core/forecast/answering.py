"""How long a model takes to answer questions on this machine: prompts are read, then answers grow token by token."""

import math
from typing import Literal

from core.forecast.lengths import BatchSize, Length
from core.forecast.setup import WIDE, Setup
from core.forecast.shape import ModelShape
from core.forecast.speed import MachineSpeed, reading_seconds, token_seconds
from core.machine import Machine

_BATCH = 16


def evaluating_seconds(
    shape: ModelShape,
    trains: Literal["adapter", "all"],
    questions: int,
    prompt_tokens: float,
    answer_tokens: float,
    machine: Machine,
    speed: MachineSpeed,
) -> float:
    """Seconds for the losses and answers of a model in Transformers, in batches of 16. `trains` is `adapter` for one
    that is applied beside the weights. All answers are taken to be as long; they are, where they run into the limit."""
    in_16_bits = machine.gpu_bytes > 0 or (machine.multiplies_bfloat16 and shape.width >= WIDE)
    compute_bytes = 2 if in_16_bits else 4
    setup = Setup(machine.gpu_bytes > 0, compute_bytes, 8 * compute_bytes, trains)
    length = Length(round(prompt_tokens + answer_tokens), round(answer_tokens))
    batch = BatchSize.of([length] * min(_BATCH, questions))
    each = 2 * reading_seconds(shape, setup, batch, speed) + answer_tokens * token_seconds(shape, setup, batch, speed)
    return math.ceil(questions / _BATCH) * each
