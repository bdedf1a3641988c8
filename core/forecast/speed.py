"""How long a step takes on a machine whose matrix products, memory and operations were timed.

A step is matrix products, passes over activations and logits, and a fixed cost an operation. A product takes its
weights, which it first arranges for itself, and then multiplies each token with them: on a processor with matrix
instructions the first takes longer for a batch of a few hundred tokens. The speeds are measured once a machine
(`core.training.calibration`); runs that finished here correct the result (`app.training.forecast`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.forecast.activations import kept_bytes
from core.forecast.lengths import BatchSize, DatasetLengths
from core.forecast.setup import MOST_FOLDED_BYTES, QUERIES_IN_BLOCK, Setup, setup_of
from core.forecast.shape import ModelShape
from core.machine import Machine


class Products(BaseModel):
    """Of tokens with weights: floating-point operations a second, and seconds until a weight is ready for them."""

    model_config = ConfigDict(frozen=True)

    flops: float
    weight_seconds: float


class Cost(BaseModel):
    """Seconds of something where both halves of a batch are computed at once, and where the batch is as a whole.

    Few of its operations are worth splitting across cores, so a batch as a whole keeps little more than one busy.
    """

    model_config = ConfigDict(frozen=True)

    halves: float
    whole: float


class MachineSpeed(BaseModel):
    """What this machine does a second while training. Its fields are stored in the workspace."""

    model_config = ConfigDict(frozen=True)

    version: Literal[3]
    """Raised whenever the calibration changes what a figure means: files of other versions are not read."""
    processor: str
    """Name and cores, or the GPU's: another machine's figures are not used."""
    float32: dict[int, Products]
    """By the width of the matrices: narrow ones use less of the processor."""
    bfloat16: dict[int, Products]
    memory_bytes: float
    """Read and written by operations on large tensors."""
    pass_seconds: dict[int, Cost]
    """All passes over a byte that is kept: its operation, the backward pass, gradients. By the bytes of an element."""
    logit_seconds: dict[int, float]
    """All passes over a logit, from the product to its gradient. By the bytes of an element."""
    nf4_weights: float
    """Dequantized."""
    by_hand_seconds: Cost
    """Fixed cost of a block's operations, forward and backward, where `core.training.compute.blocks` computes it."""
    autograd_seconds: Cost
    """The same where Transformers and PEFT do."""
    answering_seconds: float
    """Fixed cost of a block for one more token of some answers."""
    adapted_answering_seconds: float
    """The same with an adapter beside the block's layers."""
    loading_seconds: float
    """CPU time from the start of the process to the first step of the starter model."""


def mean_step_seconds(
    shape: ModelShape, settings: dict, lengths: DatasetLengths, machine: Machine, speed: MachineSpeed, steps: int
) -> float:
    """Seconds of a run's step, the mean of some that are drawn as training would."""
    setup = setup_of(settings, shape, machine)
    drawn = lengths.seen(settings).batches(setup, steps)
    return fmean(step_seconds(shape, setup, batches, speed) for batches in drawn) if drawn else 0.0


def step_seconds(shape: ModelShape, setup: Setup, batches: Sequence[BatchSize], speed: MachineSpeed) -> float:
    """Seconds of one optimizer step on these batches; of answers that end early or are judged elsewhere, it is a guess.

    A forward pass without gradients is a third of one with: KTO's on other answers, GRPO's by the base.
    """
    seconds = setup.trained_weights(shape) * 28 / speed.memory_bytes  # AdamW reads and writes gradient and state
    of_block = speed.by_hand_seconds if setup.by_hand(shape) else speed.autograd_seconds
    kept, again = replace(setup, checkpointing=False), 1 + setup.checkpointing / 3  # a forward pass is a third
    for batch in batches:
        batch = batch if setup.packed else batch.padded
        in_halves = setup.halves and batch.texts > 1
        way = "halves" if in_halves else "whole"
        of_blocks = getattr(speed.pass_seconds[setup.compute_bytes], way) * kept_bytes(shape, kept, batch)
        of_blocks += getattr(of_block, way) * shape.layers
        of_batch = _product_seconds(shape, setup, batch, speed, 1 + in_halves) + again * of_blocks
        of_batch += speed.logit_seconds[setup.compute_bytes] * batch.learned * shape.vocabulary
        if setup.weight_bits < 16 and not setup.expanded_bytes(shape):
            of_batch += 2 * (1 + in_halves) * shape.linear_weights / speed.nf4_weights
        seconds += of_batch * batch.uneven * (1 + setup.scored_without_gradient / 3)
        if setup.answer_tokens:
            seconds += setup.answer_tokens * token_seconds(shape, setup, batch, speed)
    return seconds


def token_seconds(shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed) -> float:
    """For one more token of a batch's answers: each weight is read once, and each token multiplied with it."""
    is_folded = setup.trains == "all" or setup.compute_bytes * shape.linear_weights <= MOST_FOLDED_BYTES
    fixed = shape.layers * (speed.answering_seconds if is_folded else speed.adapted_answering_seconds)
    weights = _multiplied(shape)
    keys = 2 * shape.layers * shape.key_width * batch.tokens * setup.compute_bytes
    read = (weights * setup.compute_bytes + keys) / speed.memory_bytes
    return fixed + max(read, 2 * weights * batch.texts / _products(shape, setup, speed).flops)


def reading_seconds(shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed) -> float:
    """For reading a batch once, without gradients."""
    products, weights = _products(shape, setup, speed), _multiplied(shape)
    multiplied = 2 * weights * batch.tokens / products.flops + weights * products.weight_seconds
    return shape.layers * speed.answering_seconds + multiplied


def _multiplied(shape: ModelShape) -> int:
    """Weights that a token is multiplied with, the output layer's among them."""
    return shape.weights_used + shape.vocabulary * shape.width


def _products(shape: ModelShape, setup: Setup, speed: MachineSpeed) -> Products:
    """Between the two measured widths in proportion to the logarithm of the width, outside as at the nearer one."""
    (narrow, slow), (wide, fast) = sorted((speed.bfloat16 if setup.compute_bytes == 2 else speed.float32).items())
    share = (math.log(shape.width) - math.log(narrow)) / (math.log(wide) - math.log(narrow))
    share = min(1.0, max(0.0, share))
    return Products(
        flops=slow.flops + (fast.flops - slow.flops) * share,
        weight_seconds=slow.weight_seconds + (fast.weight_seconds - slow.weight_seconds) * share,
    )


def _product_seconds(shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed, parts: int) -> float:
    """Of a batch's matrix products, forward and backward. Each of its `parts` arranges the weights for itself."""
    products = _products(shape, setup, speed)
    passes = 2 + (setup.trains == "all") + setup.checkpointing
    head = shape.vocabulary * shape.width
    layers = shape.weights_used * batch.tokens + head * batch.learned
    pairs = batch.squares
    if setup.packed and (setup.in_float32_here or setup.by_hand(shape)):  # no keys after a block of queries
        pairs = min(pairs, (pairs + QUERIES_IN_BLOCK * batch.tokens) / 2)
    attention = 12 * pairs * shape.query_width * shape.layers
    adapter = 6 * setup.trained_weights(shape) * batch.tokens if setup.trains == "adapter" else 0
    multiplied = (passes * 2 * layers + attention + adapter) / products.flops
    return multiplied + passes * parts * (shape.linear_weights + head) * products.weight_seconds


def block_seconds(measured: float, shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed) -> float:
    """The fixed cost of a block, from the measured seconds of a small step. `speed` has 0 for it."""
    return max(0.0, measured - step_seconds(shape, setup, [batch], speed)) / shape.layers


def pass_seconds(measured: float, shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed) -> float:
    """Of a byte that is kept, from the measured seconds of a large step. `speed` has 0 for it."""
    return max(0.0, measured - step_seconds(shape, setup, [batch], speed)) / kept_bytes(shape, setup, batch)


def weight_seconds(measured: float, shape: ModelShape, setup: Setup, batch: BatchSize, speed: MachineSpeed) -> float:
    """Until a weight is ready, from the measured seconds of a wide model's step. `speed` has 0 for it."""
    weights = shape.linear_weights + shape.vocabulary * shape.width
    return max(0.0, measured - step_seconds(shape, setup, [batch], speed)) / (4 * weights)
