"""Peak memory and seconds a step, forecast and measured: short trainings of several methods, models and settings.

Each setting is trained for a few steps in a child of its own. Measured memory is the child's largest resident set
(`VmHWM`: anonymous and file-backed pages, what a task manager shows), from its start to the published adapter. Seconds
are the median of all steps but the first two. The constants in `core/forecast` come from `CALIBRATION`, and from none
of `SETTINGS`.

usage: python -m tests.benchmarks.forecast [calibration | memory | time] [NAME ...]
Prints a line a setting, and a JSON object as its last line. Without a word it does what `memory` and `time` do.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from core.data.store.tokenizing import load_light_tokenizer, sampled_lengths
from core.forecast.fitting import memory_of_run
from core.forecast.lengths import DatasetLengths
from core.forecast.shape import shape_of
from core.forecast.speed import MachineSpeed, mean_step_seconds
from core.machine import this_machine
from core.specs import TrainSpec
from core.specs.train import steps_of
from tests.core.training.runs import save_dataset

_SKIPPED_STEPS, _COUNTED = 2, 400
_PAIRED = ("dpo", "orpo", "simpo", "kto")


@dataclass(frozen=True)
class Setting:
    """A model, examples of about `words` words, and the fields of the spec that matter."""

    model: str
    words: int
    values: dict = field(default_factory=dict)
    steps: int = 3


_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_PLAIN, _ALL = {"load_in_4bit": False}, {"tuning": "full"}
_REWARDED = {"method": "grpo", "rewards": ("length",), "generations": 4, "max_new_tokens": 40}
SETTINGS = {
    "starter": Setting("starter", 60, {"batch_size": 8, "lora_r": 32}),
    "starter, padded": Setting("starter", 90, _PLAIN | {"batch_size": 32, "lora_r": 8, "packing": "off"}),
    "starter, DPO": Setting("starter", 120, _PLAIN | {"batch_size": 8, "method": "dpo"}),
    "starter, GRPO": Setting("starter", 50, _REWARDED | {"batch_size": 6}),
    "starter, all weights, ORPO": Setting("starter", 70, _ALL | {"batch_size": 10, "method": "orpo"}),
    "smollm2": Setting("smollm2-135m", 40, _PLAIN | {"batch_size": 4}),
    "smollm2, 4-bit, float32": Setting("smollm2-135m", 50, {"batch_size": 6, "precision": "float32"}),
    "smollm2, KTO, accumulated": Setting(
        "smollm2-135m", 50, _PLAIN | {"batch_size": 3, "gradient_accumulation_steps": 2, "method": "kto"}
    ),
    "wide, dropout": Setting("wide", 80, _PLAIN | {"batch_size": 4, "lora_dropout": 0.1}),
    "wide, pretrain, float32": Setting(
        "wide", 200, {"batch_size": 4, "method": "pretrain", "precision": "float32", "max_seq_length": 128}
    ),
    "deep, all weights, recomputed": Setting(
        "deep", 60, _ALL | {"batch_size": 8, "gradient_checkpointing": True, "optimizer": "adamw_8bit"}
    ),
    "deep, attention, SimPO": Setting(
        "deep", 50, _PLAIN | {"batch_size": 6, "method": "simpo", "lora_r": 64, "lora_targets": _ATTENTION}
    ),
}
TIMED = {
    "starter, ORPO": Setting("starter", 70, _PLAIN | {"batch_size": 7, "method": "orpo"}, 12),
    "starter, 4-bit, pretrain": Setting("starter", 110, {"batch_size": 10, "method": "pretrain"}, 12),
    "smollm2, 4-bit": Setting("smollm2-135m", 120, {"batch_size": 6, "lora_r": 32}, 9),
    "smollm2, DPO": Setting("smollm2-135m", 60, _PLAIN | {"batch_size": 3, "method": "dpo"}, 9),
    "wide, 4-bit": Setting("wide", 90, {"batch_size": 5}, 9),
    "deep, accumulated": Setting("deep", 50, _PLAIN | {"batch_size": 4, "gradient_accumulation_steps": 2}, 9),
}
CALIBRATION = {
    "starter, batch 1": Setting("starter", 20, _PLAIN | {"batch_size": 1}),
    "starter, batch 24": Setting("starter", 150, _PLAIN | {"batch_size": 24}),
    "starter, batch 24, dropout": Setting("starter", 150, _PLAIN | {"batch_size": 24, "lora_dropout": 0.05}),
    "starter, ORPO, padded": Setting("starter", 70, _PLAIN | {"batch_size": 12, "method": "orpo", "packing": "off"}),
    "starter, GRPO": Setting("starter", 30, _REWARDED | {"batch_size": 4, "generations": 8, "max_new_tokens": 24}),
    "smollm2, float32": Setting("smollm2-135m", 60, _PLAIN | {"batch_size": 4, "precision": "float32"}),
    "smollm2, bfloat16": Setting("smollm2-135m", 100, _PLAIN | {"batch_size": 4, "precision": "bfloat16"}),
    "smollm2, all weights": Setting("smollm2-135m", 40, _ALL | {"batch_size": 2, "precision": "float32"}),
    "square, float32": Setting("square", 70, {"batch_size": 6, "precision": "float32"}),
    "square, bfloat16": Setting("square", 70, _PLAIN | {"batch_size": 6, "precision": "bfloat16", "lora_r": 8}),
    "square, all weights, bfloat16": Setting("square", 70, _ALL | {"batch_size": 6, "precision": "bfloat16"}),
    "tall, float32": Setting("tall", 70, {"batch_size": 6, "precision": "float32"}),
    "tall, bfloat16": Setting("tall", 70, {"batch_size": 8, "precision": "bfloat16"}),
    "tall, recomputed": Setting(
        "tall", 90, _PLAIN | {"batch_size": 12, "precision": "bfloat16", "gradient_checkpointing": True}
    ),
}

_SHAPES = {
    "wide": ("llama", {
        "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8, "num_attention_heads": 16,
        "num_key_value_heads": 4, "vocab_size": 32_000, "tie_word_embeddings": False,
    }),
    "deep": ("qwen3", {
        "hidden_size": 640, "intermediate_size": 1728, "num_hidden_layers": 20, "num_attention_heads": 10,
        "num_key_value_heads": 5, "head_dim": 64, "vocab_size": 60_000, "tie_word_embeddings": True,
    }),
    "square": ("llama", {
        "hidden_size": 768, "intermediate_size": 2304, "num_hidden_layers": 6, "num_attention_heads": 12,
        "num_key_value_heads": 12, "vocab_size": 24_000, "tie_word_embeddings": True,
    }),
    "tall": ("qwen3", {
        "hidden_size": 512, "intermediate_size": 1280, "num_hidden_layers": 14, "num_attention_heads": 8,
        "num_key_value_heads": 2, "head_dim": 128, "vocab_size": 40_000, "tie_word_embeddings": False,
    }),
}  # fmt: skip
"""Random weights of two families, with the starter's tokenizer."""


def measure() -> dict[str, dict[str, float]]:
    """Forecast and measured, by setting: `… peak_bytes`, and for some `… seconds a step`."""
    figures = {"forecast": {}, "measured": {}}
    for found in (_memory(SETTINGS), _time(TIMED)):
        for side, of_side in found.items():
            figures[side] |= of_side
    return figures


def _memory(settings: dict[str, Setting]) -> dict[str, dict[str, float]]:
    figures = {"forecast": {}, "measured": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, setting in settings.items():
            spec = _spec(setting, Path(folder))
            shape, settings_, lengths, steps = _known(spec)
            forecast = memory_of_run(shape, settings_, lengths, this_machine(), steps)
            measured = _measured(spec)
            _tell(name, forecast.peak, measured["peak_bytes"], {"parts": vars(forecast), **measured})
            figures["forecast"][f"{name}, peak_bytes"] = forecast.peak
            figures["measured"][f"{name}, peak_bytes"] = measured["peak_bytes"]
    return figures


def _time(settings: dict[str, Setting]) -> dict[str, dict[str, float]]:
    figures = {"forecast": {}, "measured": {}}
    with tempfile.TemporaryDirectory() as folder:
        speed = _calibrated(Path(folder) / "machine_speed.json")
        print(json.dumps(speed.model_dump()), flush=True)
        for name, setting in settings.items():
            spec = _spec(setting, Path(folder))
            shape, settings_, lengths, steps = _known(spec)
            forecast = mean_step_seconds(shape, settings_, lengths, this_machine(), speed, steps)
            measured = _measured(spec)
            _tell(name, forecast, measured["seconds"], {"cpu_seconds": measured["cpu_seconds"]})
            figures["forecast"][f"{name}, seconds a step"] = forecast
            figures["measured"][f"{name}, seconds a step"] = measured["seconds"]
    return figures


def _tell(name: str, forecast: float, measured: float, more: dict) -> None:
    told = {"setting": name, "forecast": forecast, "measured": measured, "ratio": round(forecast / measured, 3)}
    print(json.dumps(told | more), flush=True)


def _known(spec: dict) -> tuple:
    """What a forecast needs: the model's shape, the whole spec, the lengths of its dataset, and its steps."""
    whole = TrainSpec(output_dir="/nowhere", **spec).model_dump()
    found = sampled_lengths(spec["dataset"], load_light_tokenizer(spec["model"]), _COUNTED)
    lengths = DatasetLengths.sampled(found, pairs=whole["method"] in _PAIRED)
    return shape_of(spec["model"]), whole, lengths, steps_of(whole, lengths.seen(whole).examples)


def _spec(setting: Setting, folder: Path) -> dict:
    model, values = setting.model, setting.values
    if model in _SHAPES:
        model = str(random_model(*_SHAPES[model], folder / model))
    each = values.get("batch_size", 8) * values.get("gradient_accumulation_steps", 1)
    dataset = _dataset(values.get("method", "sft"), setting.words, each * setting.steps, folder)
    return {
        "name": "measured", "dataset": str(dataset), "model": model, "max_steps": setting.steps,
        "max_seq_length": 512, "save_steps": 10_000, "merge_adapters": False, **values,
    }  # fmt: skip


def _measured(spec: dict) -> dict:
    return json.loads(_child("tests.benchmarks.forecast", "--train", json.dumps(spec)).splitlines()[-1])


def _calibrated(file: Path) -> MachineSpeed:
    _child("core.training.calibration", str(file))
    return MachineSpeed.model_validate_json(file.read_text())


def _child(module: str, *arguments: str) -> str:
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}
    ended = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=environment)
    if ended.returncode:
        raise SystemExit(ended.stdout + ended.stderr)
    return ended.stdout


def _train(spec: dict) -> dict:
    from core.reporting import Reporter
    from core.training.train import train

    class Meter(Reporter):
        loaded_bytes = 0
        steps: list[tuple[float, float]] = []

        def progress(self, done, total, stage=""):
            if stage == "Training" and done == 0:
                self.loaded_bytes = self.loaded_bytes or _peak_bytes()

        def metric(self, step, **values):
            if "tokens_per_second" in values:
                self.steps.append((time.perf_counter(), time.process_time()))

    meter = Meter()
    with tempfile.TemporaryDirectory() as folder:
        train(TrainSpec(output_dir=folder, **spec), meter)
    timed = meter.steps[_SKIPPED_STEPS - 1 :]
    seconds, cpu_seconds = (
        median(later[clock] - earlier[clock] for earlier, later in zip(timed, timed[1:], strict=False))
        for clock in (0, 1)
    )
    return {
        "peak_bytes": _peak_bytes(),
        "loaded_bytes": meter.loaded_bytes,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }


def _peak_bytes() -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


def _dataset(method: str, words: int, rows: int, folder: Path) -> Path:
    """Random words of the starter's samples: questions of about a third, answers of the rest, lengths well spread."""
    from core.data.samples import make_samples, parse_domain

    dataset = folder / f"{method}{words}x{rows}_dataset"
    if dataset.exists():
        return dataset
    chance = random.Random(words)
    known = " ".join(row["output"] for row in make_samples(parse_domain("healthcare"), 50, seed=1)).split()

    def text(share: float) -> str:
        return " ".join(chance.choices(known, k=max(2, round(share * words * chance.lognormvariate(0, 0.4)))))

    def row() -> dict:
        asked, answer = text(1 / 3), text(2 / 3)
        if method == "pretrain":
            return {"text": f"{asked} {answer}"}
        if method in _PAIRED:
            messages = json.dumps([{"role": "user", "content": asked}])
            return {"messages": messages, "chosen": answer, "rejected": text(2 / 3)}
        return {"instruction": asked, "input": "", "output": answer}

    return save_dataset(dataset, train=[row() for _ in range(rows)])


def random_model(family: str, sizes: dict, folder: Path) -> Path:
    if folder.exists():
        return folder
    import shutil

    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from core.models.catalogue import STARTER_FOLDER

    config = AutoConfig.for_model(family, max_position_embeddings=1024, **sizes)
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "chat_template.jinja"):
        shutil.copy(STARTER_FOLDER / name, folder)
    return folder


def _asked(words: list[str]) -> dict:
    chosen = {"calibration": (_memory, CALIBRATION), "memory": (_memory, SETTINGS), "time": (_time, TIMED)}
    if words[:1] and words[0] in chosen:
        compare, settings = chosen[words[0]]
        return compare({name: settings[name] for name in words[1:] or settings})
    return measure()


if __name__ == "__main__":
    print(json.dumps(_train(json.loads(sys.argv[2])) if sys.argv[1:2] == ["--train"] else _asked(sys.argv[1:])))
