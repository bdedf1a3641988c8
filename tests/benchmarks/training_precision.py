"""Steps a second, and mean loss, of the same 60 steps in bfloat16 and in float32: SmolLM2 with LoRA on 16-bit weights.

Where the CPU does not multiply bfloat16 both sides are float32. The losses tell whether
bfloat16 may be the default: they must agree within 0.5 %.

usage: python -m tests.benchmarks.training_precision [--steps 60]     prints one JSON object as its last line
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_SIDES = ("bfloat16", "float32")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--side", choices=_SIDES)
    arguments = arguments.parse_args()
    print(json.dumps(_train(arguments.side, arguments.steps) if arguments.side else measure(arguments.steps)))


def measure(steps: int = 60) -> dict:
    """Of each side, a process of its own: steps a second, the mean of all losses, validation loss."""
    command = [sys.executable, "-m", "tests.benchmarks.training_precision", "--steps", str(steps), "--side"]
    runs = {side: subprocess.run([*command, side], capture_output=True, text=True, check=True) for side in _SIDES}
    return {side: json.loads(run.stdout.splitlines()[-1]) for side, run in runs.items()}


def _train(side: str, steps: int) -> dict:
    import pyarrow as pa

    from core.data.samples import make_samples, parse_domain
    from core.data.store.writing import write_dataset
    from core.models import precision
    from core.models.catalogue import SMOLLM2
    from core.reporting import Reporter
    from core.specs import TrainSpec
    from core.training.train import train

    if side == "float32":
        precision._cpu_multiplies_bfloat16 = lambda: False

    class Recorder(Reporter):
        losses: list[float] = []
        validation: list[float] = []

        def metric(self, step, **values):
            if "eval_loss" in values:
                self.validation.append(values["eval_loss"])
            else:
                self.losses.append(values["loss"])

    folder = Path(tempfile.mkdtemp())
    rows = make_samples(parse_domain("healthcare"), 240, seed=42)
    rows = [{key: row[key] for key in ("instruction", "input", "output")} for row in rows]
    splits = {"train": rows[:200], "validation": rows[200:]}
    dataset = folder / "samples_dataset"
    dataset.mkdir()
    write_dataset(dataset, {name: [pa.Table.from_pylist(part)] for name, part in splits.items()}, list(rows[0]))
    spec = TrainSpec(
        name="precision", output_dir=str(folder / "run"), dataset=str(dataset), model=SMOLLM2.reference,
        load_in_4bit=False, epochs=steps * 2 / 200, batch_size=2, learning_rate=2e-4, save_steps=10_000,
        eval_steps=10_000, merge_adapters=False,
    )  # fmt: skip
    result = train(spec, Recorder())
    return {
        "steps_per_second": len(Recorder.losses) / result.seconds,
        "mean_loss": sum(Recorder.losses) / len(Recorder.losses),
        "validation_loss": Recorder.validation[-1],
    }


if __name__ == "__main__":
    main()
