"""Held-out rows at a third, once and three times the learning rate that `core.training.by_method` gives each method.

The model of a preset, three epochs or `--steps` on the rows of `tests/core/training/public_rows.py`.
Each method's own validation loss is lowest where its rate is best; accuracy is the share of pairs it then ranks right.

usage: python -m tests.benchmarks.method_rates [--preset starter] [--steps N] [METHOD ...]
It prints one JSON object as its last line.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_METHODS = ("sft", "pretrain", "dpo", "orpo", "simpo", "kto")
_FACTORS = {"a third": 1 / 3, "the default": 1.0, "three times": 3.0}
_STEPS, _VALIDATIONS = 72, 4
"""Three epochs of 192 rows in batches of 8; validations of a run."""


def measure(
    methods: Iterable[str] = _METHODS, preset: str = "starter", steps: int | None = None
) -> dict[str, dict[str, float]]:
    """By factor: each method's first, lowest and last validation loss, and its reward accuracy at the lowest."""
    from tests.core.training.public_rows import alpaca, c4, prepared, sharegpt

    figures: dict[str, dict[str, float]] = {side: {} for side in _FACTORS}
    for method in methods:
        with tempfile.TemporaryDirectory() as folder:
            dataset = prepared(Path(folder), {"sft": alpaca, "pretrain": c4}.get(method, sharegpt))
            for side, factor in _FACTORS.items():
                for name, value in _trained(Path(folder, side), dataset, method, factor, preset, steps).items():
                    figures[side][f"{method}: {name}"] = value
    return figures


def _trained(
    folder: Path, dataset: str, method: str, factor: float, preset: str, steps: int | None
) -> dict[str, float]:
    from core.specs import TrainSpec
    from core.training.by_method import for_method
    from core.training.presets import PRESETS
    from core.training.train import train
    from tests.core.training.runs import Recorder

    settings = for_method(PRESETS[preset], method)
    settings |= {"epochs": 3, "max_steps": steps, "learning_rate": settings["learning_rate"] * factor}
    settings |= {"batch_size": 8, "eval_steps": (steps or _STEPS) // _VALIDATIONS}
    settings.setdefault("load_in_4bit", False)
    settings |= {"save_steps": 10_000, "sample_answers": 0, "merge_adapters": False}
    recorder = Recorder()
    spec = TrainSpec(name="rates", output_dir=str(folder), dataset=dataset, method=method, **settings)
    train(spec, recorder)
    losses = recorder.steps_of("eval_loss")
    best = min(losses, key=losses.get)
    found = {
        "learning rate": settings["learning_rate"],
        "validation loss before training": losses[min(losses)],
        "lowest validation loss": losses[best],
        "last validation loss": losses[max(losses)],
    }
    ranked = recorder.steps_of("eval_reward_accuracy")
    if best in ranked:
        found["reward accuracy"] = ranked[best]
    print(f"{preset}, {method}: {found}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("methods", nargs="*", default=_METHODS)
    parser.add_argument("--preset", default="starter")
    parser.add_argument("--steps", type=int)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.methods, asked.preset, asked.steps)))
