"""Times this machine for forecasts: matrix products, passes over memory, a few steps and answers of the starter model.

Takes some twenty seconds, once a machine, in a process of its own: `python -m core.training.calibration FILE`.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from core.forecast.lengths import BatchSize, DatasetLengths
from core.forecast.setup import Setup, setup_of
from core.forecast.shape import ModelShape, shape_of
from core.forecast.speed import Cost, MachineSpeed, Products, block_seconds, pass_seconds, weight_seconds
from core.machine import Machine, processor_and_cores, this_machine
from core.models.catalogue import STARTER, STARTER_FOLDER
from core.processes.ending import end
from core.processes.reported_failure import run_and_report
from core.reporting import Reporter
from core.specs import TrainSpec

if TYPE_CHECKING:
    import torch

_AS_A_JOB = {
    "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0))),
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "1000",
}
_REPEATS = 9
_TOKENS = {"cpu": (32, 512), "cuda": (512, 8192)}
_WIDTHS = {"cpu": (256, 1024), "cuda": (1024, 4096)}
"""Of the matrices that are timed: on a GPU, smaller ones time the starting of operations."""
_LARGE, _LAYERS = 16 << 20, 16
_LOGITS = 256, 32_768
_AS_A_WHOLE = {"neftune_alpha": 5}
"""Noise on embeddings keeps a batch from being computed in halves, and costs next to nothing."""
_BY_AUTOGRAD = {"lora_targets": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj")}
"""All layers but one, which keeps blocks from being computed by hand."""
_ANSWERS, _ANSWER_TOKENS = 2, 16


def calibrate(file: Path) -> None:
    """Measure this machine and write its `MachineSpeed` as JSON."""
    os.environ |= _AS_A_JOB  # before any library loads
    small, machine = _run(_SMALL), this_machine()
    import torch

    from core.models.precision import device

    # Without instructions for it a single product may take seconds, and nothing is trained in it.
    in_16_bits = machine.gpu_bytes or machine.multiplies_bfloat16
    large = torch.ones(_LARGE, device=device())
    nothing = Cost(halves=0, whole=0)
    float32, logits = _products(torch.float32), _logit_seconds(torch.float32)
    speed = MachineSpeed(
        version=3,
        processor=processor_and_cores(),
        float32=float32,
        bfloat16=_products(torch.bfloat16) if in_16_bits else float32,
        memory_bytes=2 * large.nbytes / _seconds(lambda: large * 2),
        pass_seconds={4: nothing, 2: nothing},
        logit_seconds={4: logits, 2: _logit_seconds(torch.bfloat16) if in_16_bits else logits},
        nf4_weights=_nf4_weights_per_second(),
        by_hand_seconds=nothing,
        autograd_seconds=nothing,
        answering_seconds=_answering_seconds(adapted=False),
        adapted_answering_seconds=_answering_seconds(adapted=True),
        loading_seconds=small.loading_seconds,
    )

    def cost(of: Callable[..., float], batches: _Batches, **settings) -> Cost:
        halves = of(*_known(_run(batches, **settings), machine), speed)
        if machine.gpu_bytes:
            return Cost(halves=halves, whole=halves)
        return Cost(halves=halves, whole=of(*_known(_run(batches, **settings, **_AS_A_WHOLE), machine), speed))

    fixed = {
        "by_hand_seconds": cost(block_seconds, _SMALL),
        "autograd_seconds": cost(block_seconds, _SMALL, **_BY_AUTOGRAD),
    }
    speed = speed.model_copy(update=fixed)
    passes = {4: cost(pass_seconds, _BATCHES, precision="float32")}
    passes[2] = cost(pass_seconds, _BATCHES, precision="bfloat16") if in_16_bits else passes[4]
    speed = speed.model_copy(update={"pass_seconds": passes})
    if machine.multiplies_bfloat16 and not machine.gpu_bytes:
        speed = speed.model_copy(update={"bfloat16": _in_whole_steps(speed, machine)})
    staged = file.with_suffix(".partial")
    staged.write_text(speed.model_dump_json(indent=1), encoding="utf-8")
    staged.replace(file)


def _in_whole_steps(speed: MachineSpeed, machine: Machine) -> dict[int, Products]:
    """The bfloat16 products with the wide one's `weight_seconds` from a model's steps, in which halves compete."""
    narrow, wide = sorted(speed.bfloat16)
    at_once = speed.bfloat16[wide].model_copy(update={"weight_seconds": 0})
    speed = speed.model_copy(update={"bfloat16": speed.bfloat16 | {wide: at_once}})
    with tempfile.TemporaryDirectory() as folder:
        _save_random_model(Path(folder), wide)
        run = _run(_BATCHES_OF_WIDE, model=folder, precision="bfloat16")
        seconds = weight_seconds(*_known(run, machine), speed)
    return speed.bfloat16 | {wide: at_once.model_copy(update={"weight_seconds": seconds})}


def _save_random_model(folder: Path, width: int) -> None:
    """Four decoder blocks of this width, with the starter's tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": width, "intermediate_size": 3 * width, "num_hidden_layers": 4, "num_attention_heads": 16}
    config = AutoConfig.from_pretrained(STARTER_FOLDER)
    config.update(sizes | {"num_key_value_heads": 4, "head_dim": width // 16})
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)
    for file in STARTER_FOLDER.glob("tokenizer*"):
        shutil.copy(file, folder)


class _Batches(NamedTuple):
    """What a run reads: texts in a step, repetitions of a sentence in each, and steps."""

    texts: int
    sentences: int
    steps: int


_SMALL, _BATCHES, _BATCHES_OF_WIDE = _Batches(2, 1, 12), _Batches(12, 20, 5), _Batches(6, 10, 6)


class _Timed(NamedTuple):
    """A run: its spec and batches, seconds of a step, CPU time until the first was done."""

    spec: TrainSpec
    batch: BatchSize
    step_seconds: float
    loading_seconds: float


def _known(run: _Timed, machine: Machine) -> tuple[float, ModelShape, Setup, BatchSize]:
    shape = shape_of(run.spec.model)
    return run.step_seconds, shape, setup_of(run.spec.model_dump(), shape, machine), run.batch


class _Clock(Reporter):
    """Notes when each step was done."""

    def __init__(self):
        self.began_at = time.process_time()
        self.first_done_at = 0.0
        self.done_at: list[float] = []

    def metric(self, step: int, **values: float) -> None:
        self.first_done_at = self.first_done_at or time.process_time()
        self.done_at.append(time.perf_counter())

    @property
    def step_seconds(self) -> float:
        """Of the faster steps: what else runs on the machine makes others slower."""
        taken = sorted(later - earlier for earlier, later in zip(self.done_at, self.done_at[1:], strict=False))
        return median(taken[: -(-len(taken) // 2)])


def _run(batches: _Batches, **settings: float | str) -> _Timed:
    """Train the starter model, or the one in `settings`, for a few steps on examples of the same length."""
    import pyarrow as pa

    from core.data.store.tokenizing import load_light_tokenizer, sampled_lengths
    from core.data.store.writing import write_dataset
    from core.training.train import train

    clock, count = _Clock(), batches.texts * batches.steps
    answer = "Blue, like the sky. " * batches.sentences
    rows = [{"instruction": f"{10 + number}: name a colour.", "input": "", "output": answer} for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "calibration_dataset"
        dataset.mkdir()
        write_dataset(dataset, {"train": [pa.Table.from_pylist(rows)]}, list(rows[0]))
        spec = TrainSpec(
            name="calibration", dataset=str(dataset), output_dir=str(Path(folder) / "run"), load_in_4bit=False,
            epochs=1, batch_size=batches.texts, save_steps=count, merge_adapters=False, **settings,
        )  # fmt: skip
        train(spec, clock)
        found = sampled_lengths(str(dataset), load_light_tokenizer(spec.model), count)
    settings = spec.model_dump()
    setup = setup_of(settings, shape_of(spec.model), this_machine())
    [batch] = DatasetLengths.sampled(found).seen(settings).batches(setup, 1)[0]
    return _Timed(spec, batch, clock.step_seconds, clock.first_done_at - clock.began_at)


def _seconds(operation: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Of the fastest of several calls after one that warms up."""
    import torch

    taken = []
    for _ in range(1 + repeats):
        began = time.perf_counter()
        operation()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - began)
    return min(taken[1:])


def _products(dtype: "torch.dtype") -> dict[int, Products]:
    """Forward and backward through several layers: one layer's weight alone would stay in the cache."""
    import torch

    from core.models.precision import device

    place, found = device(), {}
    for width in _WIDTHS[place.type]:
        weights = [torch.rand(3 * width, width, device=place, dtype=dtype) for _ in range(_LAYERS)]
        multiplied, taken = 2 * _LAYERS * weights[0].numel(), []
        for tokens in _TOKENS[place.type]:
            x = torch.rand(tokens, width, device=place, dtype=dtype)

            def there_and_back(x=x, weights=weights) -> None:
                for weight in weights:
                    (x @ weight.T) @ weight

            taken.append(_seconds(there_and_back, 3) / multiplied)
        (few, many), (short, long) = _TOKENS[place.type], taken
        of_token = (long - short) / (many - few)
        found[width] = Products(flops=2 / of_token, weight_seconds=max(0.0, short - few * of_token))
    return found


def _logit_seconds(dtype: "torch.dtype") -> float:
    import torch

    from core.models.precision import device
    from core.training.compute.loss import token_losses

    logits = torch.rand(*_LOGITS, device=device(), dtype=dtype, requires_grad=True)
    labels = torch.zeros(len(logits), dtype=torch.long, device=device())

    def there_and_back() -> None:
        token_losses(logits, labels)[0].sum().backward()
        logits.grad = None

    return _seconds(there_and_back, 3) / logits.numel()


def _nf4_weights_per_second() -> float:
    import torch
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    from core.models.precision import device

    width = _WIDTHS[device().type][-1]
    weight = torch.ones(3 * width, width, device=device())
    packed, state = quantize_4bit(weight, compress_statistics=True, quant_type="nf4")
    return weight.numel() / _seconds(lambda: dequantize_4bit(packed, state))


def _answering_seconds(adapted: bool) -> float:
    """Of a block of the starter for one more token of two answers, with an adapter beside its layers or without."""
    import torch

    from core.models.loading import load_model
    from core.models.references import locate
    from core.training.trained.adapter import with_new_adapter

    model, taken = load_model(locate(STARTER), "float32"), {}
    if adapted:
        model = with_new_adapter(model, TrainSpec(name="calibration", dataset="", output_dir=""))
    ids = torch.ones(_ANSWERS, _ANSWER_TOKENS, dtype=torch.long, device=model.device)
    for count in (1, 1 + _ANSWER_TOKENS):
        named = {"min_new_tokens": count, "max_new_tokens": count, "attention_mask": torch.ones_like(ids)}
        with torch.no_grad():
            taken[count] = _seconds(lambda named=named: model.generate(input_ids=ids, do_sample=True, **named), 2)
    return (taken[1 + _ANSWER_TOKENS] - taken[1]) / _ANSWER_TOKENS / shape_of(STARTER).layers


if __name__ == "__main__":
    end(run_and_report(lambda: calibrate(Path(sys.argv[1]))))
