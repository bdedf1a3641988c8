"""Held-out rows at a third, once and three times the learning rate that `core.training.by_method` gives each method.

The starter model, three epochs on samples of one subject; the worse answer of a pair is right for another question.
Each method's own validation loss is lowest where its rate is best; accuracy is the share of pairs it then ranks right.

usage: python -m tests.benchmarks.method_rates [METHOD ...]     prints one JSON object as its last line
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_SHAPES = {"sft": "instruction", "pretrain": "text", "dpo": "preference", "orpo": "preference", "simpo": "preference",
           "kto": "preference"}  # fmt: skip
_FACTORS = {"a third": 1 / 3, "the default": 1.0, "three times": 3.0}
_ROWS, _HELD_OUT = 240, 48


def measure(methods: Iterable[str] = tuple(_SHAPES)) -> dict[str, dict[str, float]]:
    """By factor: each method's lowest and last validation loss, and its reward accuracy at the lowest."""
    figures: dict[str, dict[str, float]] = {side: {} for side in _FACTORS}
    for method in methods:
        with tempfile.TemporaryDirectory() as folder:
            for side, factor in _FACTORS.items():
                for name, value in _trained(Path(folder), method, side, factor).items():
                    figures[side][f"{method}: {name}"] = value
    return figures


def _trained(folder: Path, method: str, side: str, factor: float) -> dict[str, float]:
    from core.specs import TrainSpec
    from core.training.by_method import for_method
    from core.training.presets import PRESETS
    from core.training.train import train
    from tests.core.training.runs import Recorder, save_dataset

    rows = _rows(_SHAPES[method])
    dataset = folder / "samples_dataset"
    if not dataset.exists():
        save_dataset(dataset, train=rows[:-_HELD_OUT], validation=rows[-_HELD_OUT:])
    settings = for_method(PRESETS["starter"], method)
    settings |= {"epochs": 3, "learning_rate": settings["learning_rate"] * factor, "eval_steps": 12}
    settings |= {"save_steps": 10_000, "sample_answers": 0, "merge_adapters": False}
    recorder = Recorder()
    spec = TrainSpec(
        name="rates", output_dir=str(folder / side), dataset=str(dataset), method=method, **settings
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


def _rows(shape: str) -> list[dict]:
    from core.data.samples import make_samples

    samples = make_samples("healthcare", _ROWS, 42)
    if shape == "instruction":
        return [{"instruction": row["instruction"], "input": "", "output": row["output"]} for row in samples]
    if shape == "text":
        return [{"text": f"{row['instruction']} {row['output']}"} for row in samples]
    others = [row["output"] for row in samples[1:] + samples[:1]]
    return [
        {
            "messages": json.dumps([{"role": "user", "content": row["instruction"]}]),
            "chosen": row["output"],
            "rejected": other,
        }
        for row, other in zip(samples, others, strict=True)
    ]


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:] or tuple(_SHAPES))))
