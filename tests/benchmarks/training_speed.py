"""Steps a second, CPU seconds a step and mean loss: our training beside a bare TRL script, or an earlier commit.

LoRA on all linear layers, batches of 8, at most 256 tokens. Without options: the starter model in NF4 on the studio's
samples. Each run is a process of its own; the sides take turns, and medians are compared, because runs of one command
differ by several per cent.

usage: python -m tests.benchmarks.training_speed [--repeats 3] [--steps 60] [--model smollm2-135m] [--rows ALPACA_JSON]
           [--weights nf4|plain] [--against trl|COMMIT ...]          prints one JSON object as its last line
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_BATCH_SIZE, _RANK, _ALPHA, _LENGTH, _RATE = 8, 16, 32, 256, 1e-4
_DRAWS = 2000


def _parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--model", default="starter")
    arguments.add_argument("--rows", type=Path)
    arguments.add_argument("--weights", choices=("nf4", "plain"), default="nf4")
    arguments.add_argument("--against", nargs="+", default=["trl"])
    arguments.add_argument("--side")
    arguments.add_argument("--dataset")
    return arguments.parse_args()


def measure(options: argparse.Namespace | None = None) -> dict:
    """Medians for each side: `steps_per_second` without the first sixth, `first_step_s` from the start of the process.

    Ours also says how many times as fast as each other it is: the 95 % interval, by bootstrap over the pairs of runs.
    """
    from core.models.catalogue import find_in_catalogue

    options = options or argparse.Namespace(
        repeats=3, steps=60, model="starter", rows=None, weights="nf4", against=["trl"]
    )
    with tempfile.TemporaryDirectory() as folder, _trees(options.against) as trees:
        dataset = _dataset(options, Path(folder))
        command = ["--steps", str(options.steps), "--weights", options.weights, "--dataset", str(dataset)]
        command += ["--model", str(find_in_catalogue(options.model).local_folder)]
        runs = {side: [] for side in (*options.against, "ours")}
        for _ in range(options.repeats):
            for side, results in runs.items():
                results.append(_run(side, trees.get(side, _ROOT), command))
    found = {
        side: {key: round(statistics.median(result[key] for result in results), 4) for key in results[0]}
        for side, results in runs.items()
    }
    for side in options.against:
        rates = [[run["steps_per_second"] for run in runs[one]] for one in ("ours", side)]
        pairs = [ours / other for ours, other in zip(*rates, strict=True)]
        low, high = _interval(pairs)
        found["ours"] |= {f"times_{side}_from": low, f"times_{side}_to": high}
    return found


def _interval(values: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, by bootstrap."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(_DRAWS))
    return round(medians[_DRAWS // 40], 3), round(medians[-_DRAWS // 40], 3)


@contextmanager
def _trees(against: list[str]):
    """Folders with the code of earlier commits, by name."""
    with tempfile.TemporaryDirectory() as folder:
        trees = {commit: Path(folder) / commit for commit in against if commit != "trl"}
        for commit, tree in trees.items():
            tree.mkdir()
            packed = subprocess.run(["git", "archive", commit, "core"], cwd=_ROOT, capture_output=True, check=True)
            subprocess.run(["tar", "-x", "-C", str(tree)], input=packed.stdout, check=True)
        yield trees


def _dataset(options: argparse.Namespace, folder: Path) -> Path:
    import pyarrow as pa

    from core.data.samples import make_samples, parse_domain
    from core.data.store.writing import write_dataset

    if options.rows:
        rows = json.loads(options.rows.read_text(encoding="utf-8"))
    else:
        rows = make_samples(parse_domain("healthcare"), min(400, options.steps * _BATCH_SIZE), seed=42)
    columns = ["instruction", "input", "output"]
    dataset = folder / "speed_dataset"
    dataset.mkdir()
    table = pa.Table.from_pylist([{key: row[key] for key in columns} for row in rows])
    write_dataset(dataset, {"train": [table]}, columns)
    return dataset


def _run(side: str, tree: Path, command: list[str]) -> dict:
    began_at = time.time()
    finished = subprocess.run(
        [sys.executable, "-P", __file__, "--side", side, *command],
        capture_output=True, text=True, check=True, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)},
    )  # fmt: skip
    found = json.loads(finished.stdout.splitlines()[-1])
    times, cpu, losses = found["times"], found["cpu"], found["losses"]
    skipped = max(1, len(times) // 6)
    steps = len(times) - skipped
    return {
        "steps_per_second": steps / (times[-1] - times[skipped - 1]),
        "cpu_seconds_per_step": (cpu[-1] - cpu[skipped - 1]) / steps,
        "mean_loss": statistics.fmean(losses),
        "first_step_s": times[0] - began_at,
    }


class _Clock:
    """When each step was done, by the clock and in CPU time."""

    def __init__(self):
        self.times, self.cpu, self.losses = [], [], []

    def look(self) -> None:
        self.times.append(time.time())
        self.cpu.append(time.process_time())


def _studio(options: argparse.Namespace) -> _Clock:
    from datasets import load_from_disk

    from core.reporting import Reporter
    from core.training.train import train

    try:
        from core.specs import TrainSpec
    except ModuleNotFoundError:  # in earlier commits
        from core.jobs import TrainSpec

    clock = _Clock()

    class Recorder(Reporter):
        def metric(self, step, **values):
            clock.look()
            clock.losses.append(values["loss"])

    count = len(load_from_disk(options.dataset)["train"])
    spec = TrainSpec(
        name="speed", output_dir=str(Path(tempfile.mkdtemp()) / "run"), dataset=options.dataset, model=options.model,
        load_in_4bit=options.weights == "nf4", epochs=options.steps / -(-count // _BATCH_SIZE), batch_size=_BATCH_SIZE,
        learning_rate=_RATE, lora_r=_RANK, lora_alpha=_ALPHA, max_seq_length=_LENGTH, save_steps=10_000,
        merge_adapters=False,
    )  # fmt: skip
    train(spec, Recorder())
    return clock


def _trl(options: argparse.Namespace) -> _Clock:
    import torch
    from datasets import load_from_disk
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    clock = _Clock()

    class Look(TrainerCallback):
        def on_step_end(self, *_, **__):
            clock.look()

    def turns(row: dict) -> dict:
        question = row["instruction"] + ("\n" + row["input"] if row["input"] else "")
        return {
            "prompt": [{"role": "user", "content": question}],
            "completion": [{"role": "assistant", "content": row["output"]}],
        }

    bfloat16 = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))
    dtype, quantized = torch.bfloat16 if bfloat16 else torch.float32, {}
    if options.weights == "nf4":
        four_bit = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
        )
        quantized = {"quantization_config": four_bit, "device_map": {"": "cpu"}}
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=dtype, **quantized)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False  # or training goes wrong after the first evaluation
    rows = load_from_disk(options.dataset)["train"]
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=tempfile.mkdtemp(), per_device_train_batch_size=_BATCH_SIZE, max_steps=options.steps,
            max_length=_LENGTH, learning_rate=_RATE, lr_scheduler_type="cosine", logging_steps=1, save_strategy="no",
            report_to="none", seed=42, bf16=bfloat16, use_cpu=True, gradient_checkpointing=False,
            dataloader_pin_memory=False, disable_tqdm=True,
        ),
        train_dataset=rows.map(turns, remove_columns=rows.column_names),
        processing_class=AutoTokenizer.from_pretrained(options.model),
        callbacks=[Look()],
        peft_config=LoraConfig(r=_RANK, lora_alpha=_ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"),
    )  # fmt: skip
    trainer.train()
    clock.losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return clock


def main() -> None:
    options = _parsed()
    if options.side:
        print(json.dumps(vars((_trl if options.side == "trl" else _studio)(options))))
    else:
        print(json.dumps(measure(options)))


if __name__ == "__main__":
    main()
