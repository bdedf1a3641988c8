"""The forecast of memory: what autograd really keeps, what grows with which setting, and what to lower."""

from dataclasses import replace

import pytest

from core.forecast.fitting import memory_of_run, what_to_lower
from core.forecast.lengths import BatchSize, DatasetLengths, Length, lengths_in
from core.forecast.memory import kept_bytes, memory_of
from core.forecast.setup import Setup, setup_of
from core.forecast.shape import ModelShape, shape_of
from core.machine import Machine
from core.specs import TrainSpec
from core.specs.results.report import TokenLengths

GB = 10**9
SHAPE = ModelShape(
    layers=12, width=768, inner=2048, heads=12, query_width=768, key_width=256, vocabulary=32_000, tied=True
)
SETUP = Setup(on_gpu=False, compute_bytes=4, weight_bits=32)
BATCH = BatchSize(4, 400, 200, 110, 40_300)


def settings(**values) -> dict:
    return TrainSpec(name="run", output_dir="/run", dataset="/data", **values).model_dump()


def lengths(*tokens: int) -> DatasetLengths:
    return DatasetLengths(len(tokens), tuple(Length(count, count // 2) for count in tokens), exact=True)


@pytest.mark.parametrize("tokens", [(30, 40, 50), (10, 200, 12)])
def test_the_activations_are_those_that_autograd_keeps(tiny_model, tokens):
    import numpy as np
    import torch
    from peft import LoraConfig, get_peft_model

    from core.models.loading import load_model
    from core.models.references import locate
    from core.training.objectives.examples import TokenizedExample
    from core.training.objectives.supervised import Supervised

    config = LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM")
    model, objective = get_peft_model(load_model(locate(str(tiny_model))), config), Supervised()
    objective.prepare(model)
    held = {one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())}
    kept = {}

    def keep(tensor):
        if (storage := tensor.untyped_storage()).data_ptr() not in held:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    examples = [TokenizedExample(np.arange(count, 2 * count, dtype=np.int32), count // 2) for count in tokens]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        objective.loss(model.train(), examples, torch.device("cpu"))
    learned = sum(one.answer_tokens for one in examples)
    batch = BatchSize(len(tokens), sum(tokens), learned, max(tokens), sum(count**2 for count in tokens))
    assert kept_bytes(shape_of(str(tiny_model)), SETUP, batch) == pytest.approx(sum(kept.values()), rel=0.08)


def test_memory_follows_the_settings():
    usual = memory_of(SHAPE, SETUP, BATCH)
    four_bit = memory_of(SHAPE, replace(SETUP, weight_bits=4), BATCH)
    everything = memory_of(SHAPE, replace(SETUP, trains="all"), BATCH)
    again = memory_of(SHAPE, replace(SETUP, checkpointing=True), BATCH)
    assert usual.weights - four_bit.weights == pytest.approx(SHAPE.linear_weights * 3.48, rel=0.01)
    assert usual.adapter == 16 * SETUP.trained_weights(SHAPE)
    assert (everything.weights, everything.adapter) == (0, 16 * SHAPE.parameters)
    assert again.activations < usual.activations / 4
    assert memory_of(SHAPE, replace(SETUP, optimizer_bytes=2), BATCH).adapter < usual.adapter
    few = replace(SETUP, targets=("q_proj", "v_proj"))
    assert few.trained_weights(SHAPE) == 12 * 16 * (768 + 768 + 256 + 768)
    assert memory_of(SHAPE, few, BATCH).activations < usual.activations


def test_the_precision_follows_the_machine():
    narrow, wide = replace(SHAPE, width=256), SHAPE
    cpu, gpu = Machine(8 * GB, 0, multiplies_bfloat16=True), Machine(8 * GB, 24 * GB)
    sizes = [
        setup_of(settings(), shape, machine).compute_bytes
        for shape, machine in ((narrow, cpu), (wide, cpu), (narrow, gpu))
    ]
    assert sizes == [4, 2, 2]
    assert setup_of(settings(), wide, Machine(8 * GB, 0)).compute_bytes == 4


def test_the_largest_batch_counts_and_the_limit_cuts_it():
    short, long = lengths(*[50] * 20), lengths(*[50] * 19, 500)
    asked = settings(batch_size=4, max_seq_length=512)
    machine = Machine(8 * GB, 0)
    one, other = (memory_of_run(SHAPE, asked, some, machine, steps=20).activations for some in (short, long))
    assert other > 2 * one
    assert memory_of_run(SHAPE, asked | {"max_seq_length": 50}, long, machine, 20).activations == one
    assert lengths(100, 40).seen({"max_seq_length": 50}).examples == 1  # a question of 50 tokens leaves no room
    windows = lengths(100, 40).seen({"max_seq_length": 50, "method": "pretrain"})
    assert (windows.examples, [one.learned for one in windows.sample]) == (3, [50, 50, 40])
    pairs = lengths(100, 40).seen({"max_seq_length": 500, "method": "dpo"})
    assert (pairs.examples, pairs.mean.tokens, pairs.batches(2, 1, 1)[0][0].examples) == (2, 140, 4)
    asked = {"max_seq_length": 500, "method": "grpo", "max_new_tokens": 30, "generations": 4}
    answered = lengths(100, 40).seen(asked)
    assert (answered.examples, answered.batches(2, 1, 1)[0][0].examples) == (2, 8)
    assert all(one.learned == 30 for one in answered.sample)


def test_smaller_batches_come_first_then_the_limit_then_four_bits():
    asked, some = settings(batch_size=8, load_in_4bit=False, max_seq_length=512), lengths(*[300] * 40)

    def lowered(memory: float) -> dict | None:
        return what_to_lower(SHAPE, asked, some, Machine(int(memory), 0), steps=5)

    needed = {
        batch: memory_of_run(SHAPE, asked | {"batch_size": batch}, some, Machine(8 * GB, 0), 5).training / 0.89
        for batch in (8, 4, 1)
    }
    assert lowered(needed[8]) == {}
    assert lowered(needed[4]) == {"batch_size": 4, "gradient_accumulation_steps": 2}
    assert lowered(needed[1] * 0.93) == {"batch_size": 1, "gradient_accumulation_steps": 8, "load_in_4bit": True}
    assert lowered(0.5 * GB) is None


def test_a_report_gives_the_lengths_roughly():
    bins = [{"from": 10, "below": 30, "count": 60}, {"from": 30, "below": 50, "count": 20}]
    report = TokenLengths(
        model="starter", context=512, measured=80, cut_off=0, min=10, median=22, mean=25.0, p95=45, max=49,
        histogram=bins, learned_mean=10.0,
    )  # fmt: skip
    found = lengths_in(report, 64, exact=True)
    assert found.examples == 64 and found.mean.tokens == pytest.approx(25, abs=1)
    assert found.mean.learned == pytest.approx(10, abs=1)
    assert lengths_in(None, 64, exact=False) is None
