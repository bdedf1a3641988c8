"""The forecast of memory: what autograd really keeps, what grows with which setting, and what to lower."""

from dataclasses import replace
from weakref import WeakSet

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
BATCH = BatchSize.of([Length(count, count // 2) for count in (90, 95, 105, 110)])


def settings(**values) -> dict:
    return TrainSpec(name="run", output_dir="/run", dataset="/data", **values).model_dump()


def lengths(*tokens: int) -> DatasetLengths:
    return DatasetLengths(len(tokens), tuple(Length(count, count // 2) for count in tokens), exact=True)


ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
WAYS = {
    "by hand": {},
    "attention": {"lora_targets": ATTENTION},
    "dropout": {"lora_dropout": 0.1},
    "DoRA": {"use_dora": True},
    "padded": {"packing": "off"},
    "all weights": {"tuning": "full"},
    "bfloat16": {"precision": "bfloat16"},
    "bfloat16, dropout": {"precision": "bfloat16", "lora_dropout": 0.1},
    "bfloat16, padded": {"precision": "bfloat16", "packing": "off"},
    "bfloat16, all weights": {"precision": "bfloat16", "tuning": "full", "gradient_accumulation_steps": 2},
}
"""Ways of computing, each with tensors of its own that autograd keeps."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_the_activations_are_those_that_autograd_keeps(tmp_path, family, way):
    import numpy as np
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from core.models.loading import load_tokenizer
    from core.models.references import locate
    from core.training.objectives.examples import TokenizedExample
    from core.training.objectives.supervised import Supervised
    from core.training.trained.loading import load_trained

    config = AutoConfig.for_model(
        family, hidden_size=96, intermediate_size=256, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, head_dim=16, vocab_size=64,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    spec = TrainSpec(
        name="run", output_dir="/run", dataset="/data", model=str(tmp_path),
        **{"precision": "float32", "load_in_4bit": False} | WAYS[way],
    )  # fmt: skip
    trained = load_trained(spec, locate(spec.model), load_tokenizer(locate("starter")), None)
    objective = Supervised(spec.packing)
    objective.prepare(trained.model)
    held = {one.untyped_storage().data_ptr() for one in (*trained.model.parameters(), *trained.model.buffers())}
    alive = WeakSet()

    class Kept:  # until autograd lets go of it
        def __init__(self, tensor):
            self.tensor = tensor
            alive.add(self)

    for tokens in (30, 40, 50), (10, 200, 12):
        alive.clear()
        examples = [TokenizedExample(np.arange(count, 2 * count, dtype=np.int32) % 60, count // 2) for count in tokens]
        with trained.running(), torch.autograd.graph.saved_tensors_hooks(Kept, lambda one: one.tensor):
            loss = objective.loss(trained.model.train(), examples, torch.device("cpu"))
        shape, setup = shape_of(spec.model), setup_of(spec.model_dump(), shape_of(spec.model), Machine(8 * GB, 0))
        batch = BatchSize.of([Length(count, count - count // 2) for count in tokens])
        forecast = kept_bytes(shape, setup, batch if setup.packed else batch.padded)
        kept = {one.data_ptr(): one.nbytes() for one in (each.tensor.untyped_storage() for each in alive)}
        assert forecast == pytest.approx(sum(size for place, size in kept.items() if place not in held), rel=0.12)
        del loss


def test_a_common_beginning_is_in_each_row_once():
    texts = [Length(50, 20), Length(60, 30), Length(70, 40)]
    assert BatchSize.of(texts).tokens == 180
    assert BatchSize.of(texts, shared=20).tokens == 140
    assert BatchSize.of(texts, shared=20, rows=2).tokens == 160
    assert BatchSize.of(texts, shared=20).learned == 90
    long = BatchSize.of([Length(300, 100)])
    assert long.squares == 300**2 and long.scores == 128**2 + 128 * 256 + 44 * 300  # a block sees no later keys
    assert BatchSize.of([Length(513, 100)]).scores == 0  # computed again


def test_memory_follows_the_settings():
    usual = memory_of(SHAPE, SETUP, BATCH)
    four_bit = memory_of(SHAPE, replace(SETUP, weight_bits=4), BATCH)
    everything = memory_of(SHAPE, replace(SETUP, trains="all"), BATCH)
    again = memory_of(SHAPE, replace(SETUP, checkpointing=True), BATCH)
    assert usual.weights - four_bit.weights == pytest.approx(SHAPE.linear_weights * 3.48, rel=0.01)
    assert usual.adapter == 16 * SETUP.trained_weights(SHAPE)
    assert everything.weights == 0 and everything.training > 16 * SHAPE.parameters
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
    assert (windows.examples, [one.learned for one in windows.sample]) == (4, [49, 49, 1, 39])
    asked = settings(batch_size=2, max_seq_length=500, method="dpo")
    pairs = lengths(100, 40).seen(asked)
    [[batch]] = pairs.batches(setup_of(asked, SHAPE, machine), 1)
    assert (pairs.examples, pairs.mean.tokens, batch.texts) == (2, 140, 4)
    judged = replace(lengths(100, 40), pairs=True).seen(asked | {"method": "kto"})
    [batch] = judged.batches(setup_of(asked | {"method": "kto"}, SHAPE, machine), 1)[0]
    assert (judged.examples, judged.mean.tokens, batch.texts) == (4, 140, 2)  # mismatched ones keep nothing
    asked = settings(
        batch_size=2, max_seq_length=500, method="grpo", max_new_tokens=30, generations=4, rewards=("length",)
    )
    answered = lengths(100, 40).seen(asked)
    [[batch]] = answered.batches(setup_of(asked, SHAPE, machine), 1)
    assert (answered.examples, batch.texts) == (2, 8)
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
