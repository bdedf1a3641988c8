"""Every method and way of training for ten steps on a small model, with the memory it took beside its forecast."""

import logging
from collections.abc import Callable
from pathlib import Path

from core.data.store.tokenizing import load_light_tokenizer, sampled_lengths
from core.errors import InputError
from core.forecast.fitting import memory_of_run
from core.forecast.lengths import DatasetLengths
from core.forecast.shape import shape_of
from core.machine import this_machine
from core.specs import TrainSpec
from core.specs.train import steps_of
from tests.benchmarks.forecast import random_model
from tests.core.training.runs import Recorder, pairs_about_illnesses, rows_about_illnesses, save_dataset
from tests.gpu.card import forget_peak, peak_bytes
from tests.gpu.pace import Budget, Pace
from tests.gpu.report import Tell
from tests.gpu.shapes import Shape

STEPS = 10
_TRAIN, _VALIDATION, _BATCH = 48, 8, 4
_COUNTED = 400
_AT_FIRST_SECONDS, _MARGIN = 10, 1.5
"""What a method needs: at first, and as a multiple of what the one before it took."""

ALL_WEIGHTS = {"tuning": "full", "learning_rate": 1e-4}
_FLOAT = {"load_in_4bit": False}
METHODS: dict[str, dict] = {
    "SFT, packed, 4-bit weights, merged": {"merge_adapters": True, "sample_answers": 1},
    "SFT, padded": {"packing": "off"},
    "SFT, 8-bit weights": {"load_in_8bit": True},
    "SFT, 16-bit weights": _FLOAT,
    "pretrain": {"method": "pretrain"},
    "DPO": {"method": "dpo"},
    "ORPO": {"method": "orpo"},
    "KTO": {"method": "kto"},
    "SimPO": {"method": "simpo"},
    "all weights": ALL_WEIGHTS,
    "all weights, DPO": ALL_WEIGHTS | {"method": "dpo", "learning_rate": 1e-5},
    "DoRA": {"use_dora": True},
    "LoRA+, rsLoRA, dropout": {"lora_plus_ratio": 4, "use_rslora": True, "lora_dropout": 0.1},
    "NEFTune": {"neftune_alpha": 5},
    "accumulated": {"batch_size": 1, "gradient_accumulation_steps": _BATCH},
    "recomputed": {"gradient_checkpointing": True},
    "Liger": {"use_liger": True},
    "Liger, all weights": ALL_WEIGHTS | {"use_liger": True},
    "8-bit AdamW": {"optimizer": "adamw_8bit"},
    "paged AdamW, all weights": ALL_WEIGHTS | {"optimizer": "paged_adamw"},
    "paged 8-bit AdamW, all weights": ALL_WEIGHTS | {"optimizer": "paged_adamw_8bit"},
    "float16": {"precision": "float16"},
    "float32": {"precision": "float32"},
}
"""By what is special about it: the fields of a `TrainSpec` that differ."""


class Meter(Recorder):
    """Also times the steps, and notes the peak of memory up to the last one."""

    def __init__(self, pace: Pace):
        super().__init__()
        self._pace, self.peak_bytes = pace, 0

    def metric(self, step: int, **values: float) -> None:
        super().metric(step, **values)
        if "loss" in values:
            self._pace.step_done()
            self.peak_bytes = peak_bytes()


def run_methods(shape: Shape, budget: Budget, tell: Tell, folder: Path) -> None:
    """A row for each of `METHODS`."""
    needed = _AT_FIRST_SECONDS
    for number, (name, values) in enumerate(METHODS.items()):
        row, left = {"part": "methods", "name": name}, budget.left
        if left < needed:
            tell(row | {"note": "no time left"})
            continue
        spec = spec_of(shape, folder, f"run-{number}", values)
        tell(row | tried(lambda spec=spec: _figures(spec, budget)))
        needed = _MARGIN * (left - budget.left)


def tried(work: Callable[[], dict]) -> dict:
    """What `work` returns, or a note on why it is refused here, or on what failed. An unusable GPU is raised."""
    import torch

    try:
        return work()
    except InputError as refused:
        return {"note": refused.message.removeprefix("These settings cannot be used: ")}
    except torch.AcceleratorError:  # of the driver: nothing works any more in this process
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("failed")
        return {"failed": f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"}


def spec_of(shape: Shape, folder: Path, name: str, values: dict) -> TrainSpec:
    """A run of ten steps on the shape's small model, made in `folder` with its data if they are not there yet."""
    return TrainSpec(**{
        "name": name, "output_dir": str(folder / name), "model": str(random_model(*shape.small, folder / "small")),
        "dataset": str(_dataset(values.get("method", "sft"), shape, folder)), "max_steps": STEPS,
        "batch_size": _BATCH, "max_seq_length": shape.small_tokens, "eval_steps": 1000, "save_steps": 1000,
        "merge_adapters": False, **values,
    })  # fmt: skip


def _dataset(method: str, shape: Shape, folder: Path) -> Path:
    """Rows of the shape that the method learns from, about as long as the limit."""
    kind = {"sft": "rows", "pretrain": "texts"}.get(method, "pairs")
    path, count = folder / f"{kind}_dataset", _TRAIN + _VALIDATION
    if path.exists():
        return path
    times = shape.small_tokens // 24
    rows = pairs_about_illnesses(count) if kind == "pairs" else rows_about_illnesses(count)
    longer = {"pairs": ("chosen", "rejected")}.get(kind, ("output",))
    rows = [row | {name: " ".join([row[name]] * times) for name in longer} for row in rows]
    if kind == "texts":
        rows = [{"text": row["output"]} for row in rows]
    return save_dataset(path, train=rows[:_TRAIN], validation=rows[_TRAIN:])


def _figures(spec: TrainSpec, budget: Budget) -> dict:
    from core.training.train import train

    forecast = _forecast_bytes(spec)
    pace = Pace(budget)
    meter = Meter(pace)
    forget_peak()
    train(spec, meter)
    losses, validations = list(meter.steps_of("loss").values()), list(meter.steps_of("eval_loss").values())
    return {
        "steps_per_second": 1 / pace.step_seconds,
        "losses": [losses[0], losses[-1]],
        "validation_losses": [validations[0], validations[-1]],
        "peak_bytes": meter.peak_bytes,
        "forecast_bytes": forecast,
        "events": [event for event in meter.events if event.startswith(("Not merged", "Memory ran out"))],
    }


def _forecast_bytes(spec: TrainSpec) -> int:
    found = sampled_lengths(spec.dataset, load_light_tokenizer(spec.model), _COUNTED)
    lengths, settings = DatasetLengths.sampled(found), spec.model_dump()
    shape, steps = shape_of(spec.model), steps_of(settings, lengths.examples)
    return memory_of_run(shape, settings, lengths, this_machine(), steps).training
