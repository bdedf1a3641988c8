"""Times this machine for forecasts: matrix products, passes over memory, a few steps and answers of the starter model.

Takes some twenty seconds, once a machine, in a process of its own: `python -m core.training.calibration FILE`.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.forecast.lengths import BatchSize, Length
from core.forecast.setup import Setup, setup_of
from core.forecast.shape import ModelShape, shape_of
from core.forecast.speed import MachineSpeed, block_seconds, pass_seconds
from core.machine import Machine, processor_and_cores, this_machine
from core.models.catalogue import STARTER
from core.processes.ending import end
from core.processes.reported_failure import run_and_report
from core.reporting import Reporter
from core.specs import TrainSpec

_AS_A_JOB = {
    "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0))),
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "1000",
}
_REPEATS = 9
_TOKENS = {"cpu": 512, "cuda": 8192}
_WIDTHS = {"cpu": (256, 1024), "cuda": (1024, 4096)}
"""Of the matrices that are timed: on a GPU, smaller ones time the starting of operations."""
_LARGE, _LAYERS = 16 << 20, 16
_ANSWERS, _ANSWER_TOKENS = 2, 16


def calibrate(file: Path) -> None:
    """Measure this machine and write its `MachineSpeed` as JSON."""
    os.environ |= _AS_A_JOB  # before any library loads
    small = _run(_SMALL)
    import torch

    from core.models.precision import device

    place = device()

    def flops(dtype: torch.dtype) -> dict[int, float]:
        """Forward and backward through several layers: one layer's weight alone would stay in the cache."""
        found = {}
        for width in _WIDTHS[place.type]:
            x = torch.rand(_TOKENS[place.type], width, device=place, dtype=dtype)
            weights = [torch.rand(3 * width, width, device=place, dtype=dtype) for _ in range(_LAYERS)]

            def there_and_back(x=x, weights=weights) -> None:
                for weight in weights:
                    (x @ weight.T) @ weight

            products = 2 * _LAYERS * 2 * x.numel() * 3 * width
            found[width] = products / _seconds(there_and_back, 3)
        return found

    float32, machine = flops(torch.float32), this_machine()
    # Without instructions for it a single product may take seconds, and nothing is trained in it.
    in_16_bits = machine.gpu_bytes or machine.multiplies_bfloat16
    large = torch.ones(_LARGE, device=place)
    speed = MachineSpeed(
        version=2,
        processor=processor_and_cores(),
        float32_flops=float32,
        bfloat16_flops=flops(torch.bfloat16) if in_16_bits else float32,
        memory_bytes=2 * large.nbytes / _seconds(lambda: large * 2),
        pass_seconds={4: 0, 2: 0},
        nf4_weights=_nf4_weights_per_second(),
        by_hand_seconds=0,
        autograd_seconds=0,
        answering_seconds=_answering_seconds(adapted=False),
        adapted_answering_seconds=_answering_seconds(adapted=True),
        loading_seconds=small.loading_seconds,
    )
    by_autograd = _run(_SMALL, lora_dropout=0.05)  # which keeps blocks from being computed by hand
    fixed = {
        "by_hand_seconds": block_seconds(*_known(small, machine), speed),
        "autograd_seconds": block_seconds(*_known(by_autograd, machine), speed),
    }
    speed = speed.model_copy(update=fixed)
    passes = {4: pass_seconds(*_known(_run(_BATCHES, precision="float32"), machine), speed)}
    passes[2] = passes[4]
    if in_16_bits:
        passes[2] = pass_seconds(*_known(_run(_BATCHES, precision="bfloat16"), machine), speed)
    staged = file.with_suffix(".partial")
    staged.write_text(speed.model_copy(update={"pass_seconds": passes}).model_dump_json(indent=1), encoding="utf-8")
    staged.replace(file)


class _Batches(NamedTuple):
    """What a run reads: texts in a step, repetitions of a sentence in each, and steps."""

    texts: int
    sentences: int
    steps: int


_SMALL, _BATCHES = _Batches(2, 1, 12), _Batches(12, 20, 5)


class _Timed(NamedTuple):
    """A run of the starter: its spec and batches, seconds of the fastest step, CPU time until the first was done."""

    spec: TrainSpec
    batch: BatchSize
    step_seconds: float
    loading_seconds: float


def _known(run: _Timed, machine: Machine) -> tuple[float, ModelShape, Setup, BatchSize]:
    shape = shape_of(STARTER)
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
        """Of the fastest step: what else runs on the machine makes others slower."""
        return min(later - earlier for earlier, later in zip(self.done_at, self.done_at[1:], strict=False))


def _run(batches: _Batches, **settings: float | str) -> _Timed:
    """Train the starter model for a few steps on examples of the same length."""
    import pyarrow as pa

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
        result = train(spec, clock)
    each = result.train_tokens // count
    batch = BatchSize.of([Length(each, each * (batches.sentences + 1) // (batches.sentences + 2))] * batches.texts)
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
