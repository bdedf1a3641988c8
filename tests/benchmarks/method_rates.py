"""Held-out rows at a third, once and three times the learning rate that `core.training.by_method` gives each method.

The starter model, three epochs on the rows of `tests/core/training/public_rows.py`.
Each method's own validation loss is lowest where its rate is best; accuracy is the share of pairs it then ranks right.

usage: python -m tests.benchmarks.method_rates [METHOD ...]     prints one JSON object as its last line
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_METHODS = ("sft", "pretrain", "dpo", "orpo", "simpo", "kto")
_FACTORS = {"a third": 1 / 3, "the default": 1.0, "three times": 3.0}


def measure(methods: Iterable[str] = _METHODS) -> dict[str, dict[str, float]]:
    """By factor: each method's lowest and last validation loss, and its reward accuracy at the lowest."""
    from tests.core.training.public_rows import alpaca, c4, prepared, sharegpt

    figures: dict[str, dict[str, float]] = {side: {} for side in _FACTORS}
    for method in methods:
        with tempfile.TemporaryDirectory() as folder:
            dataset = prepared(Path(folder), {"sft": alpaca, "pretrain": c4}.get(method, sharegpt))
            for side, factor in _FACTORS.items():
                for name, value in _trained(Path(folder, side), dataset, method, factor).items():
                    figures[side][f"{method}: {name}"] = value
    return figures


def _trained(folder: Path, dataset: str, method: str, factor: float) -> dict[str, float]:
    from core.specs import TrainSpec
    from core.training.by_method import for_method
    from core.training.presets import PRESETS
    from core.training.train import train
    from tests.core.training.runs import Recorder

    settings = for_method(PRESETS["starter"], method)
    settings |= {"epochs": 3, "learning_rate": settings["learning_rate"] * factor, "eval_steps": 12}
    settings |= {"save_steps": 10_000, "sample_answers": 0, "merge_adapters": False}
    recorder = Recorder()
    spec = TrainSpec(
        name="rates", output_dir=str(folder), dataset=dataset, method=method, **settings
    )  # fmt: skip
    train(spec, recorder)
    losses = recorder.steps_of("eval_loss")
    best = min(losses, key=losses.get)
    found = {"lowest validation loss": losses[best], "last validation loss": losses[max(losses)]}
    ranked = recorder.steps_of("eval_reward_accuracy")
    if best in ranked:
        found["reward accuracy"] = ranked[best]
    print(f"{method} at {settings['learning_rate']:.2g}: {found}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:] or _METHODS)))
