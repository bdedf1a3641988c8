"""QLoRA timed over full rows: our loop with and without recomputation and Liger, and TRL's trainer beside it.

Both train the same shape with the same adapter on the same rows, each as long as the limit: one text, of which every
token but the first is learned, or eight that do not see each other (packing).
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from core.errors import TrainingError
from core.forecast.lengths import BatchSize, Length
from core.forecast.memory import memory_of
from core.forecast.setup import setup_of
from core.forecast.shape import shape_in
from core.machine import this_machine
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, TrainSpec
from core.specs.results.run_record import RunRecord
from tests.gpu.card import forget_peak, multiply_limit, peak_bytes
from tests.gpu.pace import Budget, Pace
from tests.gpu.report import Row, Tell
from tests.gpu.shapes import Shape, random_base

_ROWS = 64
_BUILD_SECONDS, _STEPS_A_ROW, _GROWTH = 15, 4, 2
"""What a row of the table takes at least: making the model, then steps twice as long as those of half the batch."""
_PACKED, _MOST_PACKED_TOKENS = 8, 8192
"""Examples in a packed row, and tokens in a batch of such rows: TRL's attention mask grows with their square."""


class _Way(NamedTuple):
    """How the model is trained, and how many examples a row holds."""

    recomputed: bool
    liger: bool = False
    examples: int = 1


class _DoesNotFit(Exception):
    """Memory ran out."""


class _Meter(Reporter):
    """Times the steps and ends the run once they are enough; refuses to train on in smaller batches."""

    def __init__(self, pace: Pace):
        self._pace = pace

    def metric(self, step: int, **values: float) -> None:
        self._pace.step_done()

    def event(self, message: str, **details: object) -> None:
        if "batch_size" in details:
            raise _DoesNotFit(message)

    def stop_requested(self) -> StopRequest | None:
        return StopRequest.CANCEL if self._pace.is_enough else None


def measure_ours(shape: Shape, budget: Budget, tell: Tell) -> None:
    """A row of the table for each way and batch."""
    limit = multiply_limit()
    tell({"part": "limit", "flops": limit})
    for way in (_Way(True), _Way(False), _Way(True, examples=_PACKED), _Way(True, True), _Way(False, True)):
        named = {"part": "speed", "trainer": "Tunewright", **way._asdict()}
        if way.liger and not this_machine().gpus:
            tell(named | {"note": "Liger needs a GPU"})
        elif way.liger and find_spec("liger_kernel") is None:
            tell(named | {"note": "liger-kernel is not installed"})
        else:
            _by_batch(named, way, shape, limit, budget, tell, _ours(shape, way, budget))


def measure_trl(shape: Shape, budget: Budget, tell: Tell) -> None:
    """The same by plain TRL, without Liger."""
    limit = multiply_limit()
    for way in (_Way(True), _Way(True, examples=_PACKED), _Way(False)):
        named = {"part": "trl", "trainer": "TRL", **way._asdict()}
        _by_batch(named, way, shape, limit, budget, tell, _trl(shape, way, budget))


def _batches(shape: Shape, way: _Way) -> list[int]:
    """Rows a step."""
    return [rows for rows in shape.batches if way.examples == 1 or rows * shape.length <= _MOST_PACKED_TOKENS]


def _by_batch(
    named: Row, way: _Way, shape: Shape, limit: float, budget: Budget, tell: Tell, timed: Iterator[Pace]
) -> None:
    """Tell a row for each batch, whose pace `timed` yields, until memory or time runs out."""
    import torch

    last, batches = 0.0, _batches(shape, way)
    for batch in batches:
        row = named | {"batch": batch}
        if budget.left < _BUILD_SECONDS * (batch == batches[0]) + _STEPS_A_ROW * _GROWTH * last:
            tell(row | {"note": "no time left"})
            return
        forget_peak()
        try:
            pace = next(timed)
        except (_DoesNotFit, torch.OutOfMemoryError):
            tell(row | {"note": "memory runs out"})
            return
        except TrainingError as error:  # one example alone does not fit, or the loss is not finite
            tell(row | {"note": error.message})
            return
        if pace.step_seconds is None:
            tell(row | {"note": "no time left"})
            return
        last = pace.step_seconds
        tell(row | _figures(shape, way, batch, last, limit))


def _figures(shape: Shape, way: _Way, batch: int, seconds: float, limit: float) -> Row:
    """Tokens a second, their share of the limit, memory. A token takes 4 operations a weight, 6 when recomputed."""
    tokens, examples, each = batch * shape.length, batch * way.examples, shape.length // way.examples
    model = shape_in(shape.sizes | {"model_type": shape.family})
    weights = model.weights_used + model.vocabulary * model.width
    operations = (6 if way.recomputed else 4) * weights * tokens
    setup = setup_of(_spec(shape, way, batch).model_dump(), model, this_machine())
    return {
        "tokens_per_second": tokens / seconds,
        "share": operations / seconds / limit,
        "peak_bytes": peak_bytes(),
        "forecast_bytes": memory_of(model, setup, BatchSize.of([Length(each, each - 1)] * examples)).training,
    }


def _spec(shape: Shape, way: _Way, batch: int) -> TrainSpec:
    return TrainSpec(
        name="speed", output_dir="/none", dataset="/none", method="pretrain", max_steps=10_000,
        batch_size=batch * way.examples, lora_r=shape.rank, lora_alpha=16, max_seq_length=shape.length,
        save_steps=10_000, gradient_checkpointing=way.recomputed, use_liger=way.liger,
    )  # fmt: skip


def _texts(shape: Shape, way: _Way) -> np.ndarray:
    """Token ids, int32, (texts, length)."""
    size = (_ROWS * way.examples, shape.length // way.examples)
    return np.random.default_rng(0).integers(0, shape.sizes["vocab_size"], size, np.int32)


def _ours(shape: Shape, way: _Way, budget: Budget) -> Iterator[Pace]:
    """Our loop over the same model, a batch size after the other."""
    import torch

    from core.models.precision import device
    from core.training.devices.team import Team
    from core.training.loop import TrainingLoop
    from core.training.objectives.examples import TokenizedExample
    from core.training.objectives.supervised import Supervised
    from core.training.run.checkpoints import RunState
    from core.training.trained.adapter import Adapter, with_new_adapter
    from core.training.trained.forward import set_up_forward

    place = device()
    precision = "bfloat16" if place.type == "cuda" else "float32"
    spec = _spec(shape, way, 1)
    base = random_base(shape, place, getattr(torch, precision))
    trained = Adapter(with_new_adapter(base, spec), precision, spec.lora_plus_ratio)
    set_up_forward(trained.model, spec, precision)
    examples = [TokenizedExample(ids, 1) for ids in _texts(shape, way)]
    for batch in _batches(shape, way):
        spec, pace = _spec(shape, way, batch), Pace(budget)
        record, meter = RunRecord(**spec.model_dump()), _Meter(pace)
        with suppress(Stopped):
            TrainingLoop(spec, trained, Supervised(), examples, [], RunState(), record, meter, Team()).run()
        yield pace


def _trl(shape: Shape, way: _Way, budget: Budget) -> Iterator[Pace]:
    """TRL's trainer, each batch size with a model of its own: it changes the one it is given."""
    for batch in _batches(shape, way):
        pace = Pace(budget)
        _train_by_trl(shape, way, batch, pace)
        yield pace


def _train_by_trl(shape: Shape, way: _Way, batch: int, pace: Pace) -> None:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from core.models.loading import load_tokenizer
    from core.models.precision import device
    from core.models.references import locate

    class Timed(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            pace.step_done()
            control.should_training_stop = pace.is_enough

    place = device()
    on_gpu = place.type == "cuda"
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(
            folder, per_device_train_batch_size=batch, max_steps=10_000, max_length=shape.length,
            packing=way.examples > 1, learning_rate=2e-4, gradient_checkpointing=way.recomputed, bf16=on_gpu,
            use_cpu=not on_gpu, dataloader_pin_memory=on_gpu, save_strategy="no", report_to="none", disable_tqdm=True,
        )  # fmt: skip
        SFTTrainer(
            model=random_base(shape, place, torch.bfloat16 if on_gpu else torch.float32),
            args=config,
            train_dataset=Dataset.from_dict({"input_ids": _texts(shape, way).tolist()}),
            processing_class=load_tokenizer(locate("starter")),
            peft_config=LoraConfig(r=shape.rank, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
            callbacks=[Timed()],
        ).train()
