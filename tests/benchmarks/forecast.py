"""Peak memory and seconds a step, forecast and measured: short trainings of several models and settings.

Each setting is trained for a few steps in a child of its own. Measured memory is the child's largest resident set
(`VmHWM`: anonymous and file-backed pages, what a task manager shows). Seconds are those of all steps but the first two.
None of these settings was used to choose the constants in `core/forecast`.

usage: python -m tests.benchmarks.forecast [NAME ...]     prints a line a setting, and a JSON object as its last line
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

from core.data.store.tokenizing import load_light_tokenizer, sampled_lengths
from core.forecast.fitting import memory_of_run
from core.forecast.lengths import DatasetLengths, Length
from core.forecast.shape import shape_of
from core.forecast.speed import MachineSpeed, mean_step_seconds
from core.machine import this_machine
from core.specs import TrainSpec
from core.specs.train import steps_of

_SKIPPED_STEPS, _COUNTED = 2, 400


@dataclass(frozen=True)
class Setting:
    """A model, a dataset of `rows` examples of about `words` words, and the fields of the spec that matter."""

    model: str
    words: int
    values: dict = field(default_factory=dict)
    steps: int = 6
    timed: bool = False


_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
SETTINGS = {
    "starter": Setting("starter", 60, {"batch_size": 8, "lora_r": 32}, 12, timed=True),
    "starter, batch 32": Setting("starter", 90, {"batch_size": 32, "lora_r": 8, "load_in_4bit": False}, timed=True),
    "starter, long": Setting("starter", 180, {"batch_size": 12, "load_in_4bit": False}, 6),
    "smollm2": Setting("smollm2-135m", 40, {"batch_size": 4, "load_in_4bit": False}, timed=True),
    "smollm2, 4-bit": Setting("smollm2-135m", 40, {"batch_size": 6}, timed=True),
    "smollm2, attention": Setting(
        "smollm2-135m", 90, {"batch_size": 4, "load_in_4bit": False, "lora_r": 64, "lora_targets": _ATTENTION}
    ),
    "smollm2, accumulated": Setting(
        "smollm2-135m", 60, {"batch_size": 2, "gradient_accumulation_steps": 3, "load_in_4bit": False}
    ),
    "wide": Setting("wide", 80, {"batch_size": 4, "load_in_4bit": False}, timed=True),
    "wide, 4-bit": Setting("wide", 80, {"batch_size": 8, "lora_r": 64}),
    "wide, dropout": Setting("wide", 80, {"batch_size": 4, "load_in_4bit": False, "lora_dropout": 0.1}),
    "deep": Setting("deep", 60, {"batch_size": 4}, timed=True),
    "deep, 16-bit": Setting("deep", 30, {"batch_size": 16, "load_in_4bit": False, "lora_r": 32}),
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
}  # fmt: skip
"""Random weights of two families, with the starter's tokenizer."""


def measure() -> dict[str, dict[str, float]]:
    """Forecast and measured, by setting: `… peak_bytes`, and for some `… seconds a step`."""
    return _compare(SETTINGS, _SHAPES)


def _compare(settings: dict[str, Setting], shapes: dict) -> dict[str, dict[str, float]]:
    figures = {"forecast": {}, "measured": {}}
    with tempfile.TemporaryDirectory() as folder:
        speed = (
            _calibrated(Path(folder) / "machine_speed.json") if any(one.timed for one in settings.values()) else None
        )
        for name, setting in settings.items():
            spec = _spec(setting, shapes, Path(folder))
            forecast, measured = _forecast(spec, speed), _measured(spec)
            print(json.dumps({"setting": name, "forecast": forecast, "measured": measured}), flush=True)
            figures["forecast"][f"{name}, peak_bytes"] = forecast["peak_bytes"]
            figures["measured"][f"{name}, peak_bytes"] = measured["peak_bytes"]
            if setting.timed:
                figures["forecast"][f"{name}, seconds a step"] = forecast["seconds"]
                figures["measured"][f"{name}, seconds a step"] = measured["seconds"]
    return figures


def _spec(setting: Setting, shapes: dict, folder: Path) -> dict:
    model, values = setting.model, setting.values
    if model in shapes:
        model = str(random_model(*shapes[model], folder / model))
    each = values.get("batch_size", 8) * values.get("gradient_accumulation_steps", 1)
    return {
        "name": "measured", "dataset": str(_dataset(setting.words, each * setting.steps, folder)), "model": model,
        "epochs": 1, "max_seq_length": 512, "save_steps": 10_000, "merge_adapters": False, **values,
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


def _forecast(settings: dict, speed: MachineSpeed | None) -> dict:
    spec = TrainSpec(output_dir="/nowhere", **settings).model_dump()
    sample = sampled_lengths(spec["dataset"], load_light_tokenizer(spec["model"]), _COUNTED)
    lengths = DatasetLengths(len(sample), tuple(Length(*one) for one in sample))
    shape, machine, steps = shape_of(spec["model"]), this_machine(), steps_of(spec, len(sample))
    memory = memory_of_run(shape, spec, lengths, machine, steps)
    seconds = mean_step_seconds(shape, spec, lengths, machine, speed, steps) if speed else 0
    return {"peak_bytes": memory.peak, "seconds": seconds, **vars(memory)}


def _train(spec: dict) -> dict:
    from core.reporting import Reporter
    from core.training.train import train

    class Meter(Reporter):
        loaded_bytes = peak_bytes = 0
        steps: list[tuple[float, float]] = []

        def progress(self, done, total, stage=""):
            if stage == "Training" and done == 0:
                self.loaded_bytes = _peak_bytes()
                Path("/proc/self/clear_refs").write_text("5")  # the largest resident set starts anew

        def metric(self, step, **values):
            if "tokens_per_second" in values:
                self.steps.append((time.perf_counter(), time.process_time(), values["tokens_per_second"]))
                self.peak_bytes = _peak_bytes()

    meter = Meter()
    train(TrainSpec(output_dir=tempfile.mkdtemp(), **spec), meter)
    timed = meter.steps[_SKIPPED_STEPS - 1 :]
    count = len(timed) - 1
    return {
        "peak_bytes": max(meter.loaded_bytes, meter.peak_bytes),
        "loaded_bytes": meter.loaded_bytes,
        "training_bytes": meter.peak_bytes,
        "seconds": (timed[-1][0] - timed[0][0]) / count,
        "cpu_seconds": (timed[-1][1] - timed[0][1]) / count,
        "steps": len(meter.steps),
    }


def _peak_bytes() -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


def _dataset(words: int, rows: int, folder: Path) -> Path:
    """Random words of the starter's samples: questions of about a third, answers of the rest, lengths well spread."""
    import pyarrow as pa

    from core.data.samples import make_samples, parse_domain
    from core.data.store.writing import write_dataset

    chance = random.Random(words)
    known = " ".join(row["output"] for row in make_samples(parse_domain("healthcare"), 50, seed=1)).split()
    made = []
    for _ in range(rows):
        length = max(6, round(words * chance.lognormvariate(0, 0.4)))
        text = chance.choices(known, k=length)
        made.append(
            {"instruction": " ".join(text[: length // 3]), "input": "", "output": " ".join(text[length // 3 :])}
        )
    dataset = folder / f"{words}x{rows}_dataset"
    if not dataset.exists():
        dataset.mkdir()
        write_dataset(dataset, {"train": [pa.Table.from_pylist(made)]}, list(made[0]))
    return dataset


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        print(json.dumps(_train(json.loads(sys.argv[2]))))
    else:
        names = sys.argv[1:] or list(SETTINGS)
        print(json.dumps(_compare({name: SETTINGS[name] for name in names}, _SHAPES)))
