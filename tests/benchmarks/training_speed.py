"""Steps a second and seconds to the first step: our training beside a bare TRL script on the same work.

The starter model in NF4, LoRA of rank 8 on all linear layers, batches of 8, the same samples. Each run is a process of
its own; the two take turns, and medians are compared, because runs of one command differ by several per cent.

usage: python -m tests.benchmarks.training_speed [--repeats 3] [--steps 60]     prints one JSON object as its last line
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_SKIPPED_STEPS = 10
_BATCH_SIZE, _RANK, _ALPHA, _LENGTH, _RATE = 8, 8, 16, 256, 1e-4


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--side", choices=_SIDES)
    arguments = arguments.parse_args()
    if arguments.side:
        print(json.dumps(_SIDES[arguments.side](arguments.steps)))
    else:
        print(json.dumps(measure(arguments.repeats, arguments.steps)))


def measure(repeats: int = 3, steps: int = 60) -> dict:
    """Medians for each side: `steps_per_second` after the tenth, `first_step_s` from the start of the process."""
    runs = {side: [] for side in _SIDES}
    for _ in range(repeats):
        for side, results in runs.items():
            results.append(_run(side, steps))
    return {
        side: {key: round(statistics.median(result[key] for result in results), 3) for key in results[0]}
        for side, results in runs.items()
    }


def _run(side: str, steps: int) -> dict:
    began_at = time.time()
    command = [sys.executable, "-m", "tests.benchmarks.training_speed", "--side", side, "--steps", str(steps)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    times = json.loads(finished.stdout.splitlines()[-1])["times"]
    return {
        "steps_per_second": (len(times) - _SKIPPED_STEPS) / (times[-1] - times[_SKIPPED_STEPS - 1]),
        "first_step_s": times[0] - began_at,
    }


def _samples(steps: int) -> list[dict]:
    from core.data.samples import make_samples, parse_domain

    return make_samples(parse_domain("healthcare"), min(400, steps * _BATCH_SIZE), seed=42)


def _ours(steps: int) -> dict:
    import pyarrow as pa

    from core.data.store.writing import write_dataset
    from core.reporting import Reporter
    from core.specs import TrainSpec
    from core.training.train import train

    class Clock(Reporter):
        times = []

        def metric(self, step, **values):
            self.times.append(time.time())

    folder = Path(tempfile.mkdtemp())
    rows = [{key: row[key] for key in ("instruction", "input", "output")} for row in _samples(steps)]
    dataset = folder / "samples_dataset"
    dataset.mkdir()
    write_dataset(dataset, {"train": [pa.Table.from_pylist(rows)]}, ["instruction", "input", "output"])
    spec = TrainSpec(
        name="speed",
        output_dir=str(folder / "run"),
        dataset=str(dataset),
        epochs=steps / (len(rows) / _BATCH_SIZE),
        batch_size=_BATCH_SIZE,
        learning_rate=_RATE,
        lora_r=_RANK,
        lora_alpha=_ALPHA,
        max_seq_length=_LENGTH,
        save_steps=10_000,
        merge_adapters=False,
    )
    train(spec, Clock())
    return {"times": Clock.times}


def _trl(steps: int) -> dict:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from core.models.catalogue import STARTER_FOLDER

    class Clock(TrainerCallback):
        times = []

        def on_step_end(self, *_, **__):
            self.times.append(time.time())

    def turns(row: dict) -> dict:
        question = row["instruction"] + ("\n" + row["input"] if row["input"] else "")
        return {
            "prompt": [{"role": "user", "content": question}],
            "completion": [{"role": "assistant", "content": row["output"]}],
        }

    four_bit = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    model = AutoModelForCausalLM.from_pretrained(
        STARTER_FOLDER, dtype=torch.float32, quantization_config=four_bit, device_map={"": "cpu"}
    )
    SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=_BATCH_SIZE,
            max_steps=steps,
            max_length=_LENGTH,
            learning_rate=_RATE,
            lr_scheduler_type="cosine",
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            seed=42,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list([turns(row) for row in _samples(steps)]),
        processing_class=AutoTokenizer.from_pretrained(STARTER_FOLDER),
        callbacks=[Clock()],
        peft_config=LoraConfig(r=_RANK, lora_alpha=_ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"),
    ).train()
    return {"times": Clock.times}


_SIDES = {"bare TRL": _trl, "ours": _ours}

if __name__ == "__main__":
    main()
