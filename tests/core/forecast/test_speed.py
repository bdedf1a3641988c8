"""The forecast of a step's time, from a machine's speeds."""

from dataclasses import replace

import pytest

from core.forecast.lengths import BatchSize, Length
from core.forecast.setup import Setup
from core.forecast.shape import ModelShape
from core.forecast.speed import Cost, block_seconds, pass_seconds, step_seconds, weight_seconds
from tests.core.forecast.speeds import SPEED, products

SHAPE = ModelShape(
    layers=12, width=768, inner=2048, heads=12, query_width=768, key_width=256, vocabulary=32_000, tied=True
)
SETUP = Setup(on_gpu=False, compute_bytes=4, weight_bits=32)


def batch(examples: int, tokens: int) -> BatchSize:
    return BatchSize.of([Length(tokens, tokens // 2)] * examples)


def test_a_step_takes_longer_with_more_tokens_recomputation_and_four_bits():
    usual = step_seconds(SHAPE, SETUP, [batch(8, 100)], SPEED)
    assert usual > step_seconds(SHAPE, SETUP, [batch(4, 100)], SPEED)
    assert usual < step_seconds(SHAPE, replace(SETUP, weight_bits=4), [batch(8, 100)], SPEED)
    assert usual < step_seconds(SHAPE, SETUP, [batch(4, 100)] * 2, SPEED)  # the fixed cost comes twice
    assert usual > step_seconds(SHAPE, replace(SETUP, compute_bytes=2), [batch(8, 100)], SPEED)
    assert usual < step_seconds(SHAPE, replace(SETUP, divisible=False), [batch(8, 100)], SPEED)  # KTO reads twice
    even = SPEED.model_copy(update={"float32": products(1e11, 1e11)})
    assert usual > step_seconds(SHAPE, SETUP, [batch(8, 100)], even)  # narrow products are slower


def test_answers_in_training_take_time_for_each_token():
    grpo = replace(SETUP, by_trl=True, packed=False, texts=4)
    few, many = (
        step_seconds(SHAPE, replace(grpo, answer_tokens=tokens), [batch(8, 100)], SPEED) for tokens in (20, 60)
    )
    fixed = SHAPE.layers * SPEED.adapted_answering_seconds  # its copies would be too large to fold the adapter in
    assert many - few > 40 * fixed
    bare = step_seconds(SHAPE, replace(grpo, trains="all", answer_tokens=60), [batch(8, 100)], SPEED)
    only = step_seconds(SHAPE, replace(grpo, trains="all", answer_tokens=0), [batch(8, 100)], SPEED)
    assert 0 < bare - only < many - step_seconds(SHAPE, grpo, [batch(8, 100)], SPEED)


def test_the_fixed_cost_is_what_a_small_step_took_beyond_the_rest():
    small = batch(2, 30)
    without = SPEED.model_copy(update={"autograd_seconds": Cost(halves=0, whole=0)})
    fixed = block_seconds(step_seconds(SHAPE, SETUP, [small], SPEED), SHAPE, SETUP, small, without)
    assert fixed == pytest.approx(1e-3)


def test_a_weight_waits_for_what_a_wide_step_took_beyond_the_rest():
    in_16_bits, large = replace(SETUP, compute_bytes=2), batch(8, 100)
    taken = step_seconds(SHAPE, in_16_bits, [large], SPEED)
    at_once = {w: one.model_copy(update={"weight_seconds": 0}) for w, one in SPEED.bfloat16.items()}
    without = SPEED.model_copy(update={"bfloat16": at_once})
    assert weight_seconds(taken, SHAPE, in_16_bits, large, without) == pytest.approx(1e-10)
    no_passes = SPEED.model_copy(update={"pass_seconds": {2: Cost(halves=0, whole=0)}})
    assert pass_seconds(taken, SHAPE, in_16_bits, large, no_passes) == pytest.approx(5e-10)


def test_a_batch_as_a_whole_and_uneven_halves_take_longer():
    even = step_seconds(SHAPE, SETUP, [batch(8, 100)], SPEED)
    assert even < step_seconds(SHAPE, replace(SETUP, noise=True), [batch(8, 100)], SPEED)
    lengths = [Length(100, 50)] * 2 + [Length(600, 300)]
    longer = BatchSize.of(lengths, rows=2)
    assert longer.uneven == 2 * 600 / 800
    assert step_seconds(SHAPE, SETUP, [longer], SPEED) == pytest.approx(
        1.5 * step_seconds(SHAPE, SETUP, [longer._replace(uneven=1)], SPEED), rel=0.05
    )


def test_recomputed_activations_pass_through_memory_once_more():
    kept = step_seconds(SHAPE, SETUP, [batch(8, 100)], SPEED)
    recomputed = step_seconds(SHAPE, replace(SETUP, checkpointing=True), [batch(8, 100)], SPEED)
    assert 1.2 * kept < recomputed < 1.6 * kept
