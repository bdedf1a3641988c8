"""Building blocks for tests of training: small datasets, changed specs, and a reporter that records everything."""

import json
from pathlib import Path

import pyarrow as pa

from core.data.store.writing import write_dataset
from core.reporting import Reporter
from core.specs import TrainSpec

COLUMNS = ["instruction", "input", "output"]
_ILLNESSES = ["asthma", "gout", "measles", "anaemia", "mumps", "scurvy", "rickets", "tetanus", "cholera", "rabies"]


class Recorder(Reporter):
    """Records what a run reports, as the database would: steps beyond the resumed one are discarded."""

    def __init__(self):
        self.series: dict[tuple[str, int], float] = {}
        self.events: list[str] = []
        self.stages: list[tuple] = []
        self.flushed_step = -1

    def metric(self, step, **values):
        for name, value in values.items():
            assert (name, step) not in self.series, f"{name} of step {step} was reported twice"
            self.series[name, step] = value

    def progress(self, done, total, stage=""):
        self.stages.append((done, total, stage))

    def event(self, message, **details):
        self.events.append(message)

    def flush(self):
        self.flushed_step = max(step for _, step in self.series)

    def rewind(self, step):
        self.series = {key: value for key, value in self.series.items() if key[1] <= step}

    def steps_of(self, name):
        return {step: value for (metric, step), value in sorted(self.series.items()) if metric == name}


def rows_about_illnesses(count: int) -> list[dict]:
    return [
        {
            "instruction": f"What is {_ILLNESSES[number % 10]}, case {number}?",
            "input": "Be brief." if number % 3 == 0 else "",
            "output": f"It is what the doctor asks and answers{' at length' * (number % 4)}.",
        }
        for number in range(count)
    ]


def pairs_about_illnesses(count: int) -> list[dict]:
    """Preference pairs: the better answer is what the doctor says."""
    return [
        {
            "messages": json.dumps([{"role": "user", "content": row["instruction"]}]),
            "chosen": row["output"],
            "rejected": f"Nobody answers case {number}{' at all' * (number % 3)}.",
        }
        for number, row in enumerate(rows_about_illnesses(count))
    ]


def save_dataset(folder, **splits: list[dict]):
    """A dataset folder with the given rows, by split."""
    folder.mkdir(parents=True)
    columns = list(next((rows[0] for rows in splits.values() if rows), COLUMNS))
    tables = {
        name: [pa.Table.from_pylist(rows, schema=pa.schema([(column, pa.string()) for column in columns]))]
        for name, rows in splits.items()
    }
    write_dataset(folder, tables, columns)
    return folder


def small_spec(model: Path, folder: Path) -> TrainSpec:
    """Ten training examples in batches of two, accumulated twice: three steps an epoch, six in all."""
    rows = rows_about_illnesses(14)
    dataset = save_dataset(folder / "ill_dataset", train=rows[:10], validation=rows[10:], test=rows[:2])
    return TrainSpec(
        name="ill",
        output_dir=str(folder / "run"),
        model=str(model),
        dataset=str(dataset),
        epochs=2,
        batch_size=2,
        gradient_accumulation_steps=2,
        learning_rate=5e-3,
        lora_r=4,
        lora_alpha=8,
        lora_dropout=0.1,
        max_seq_length=128,
        save_steps=2,
        eval_steps=3,
    )


def changed(spec: TrainSpec, **values) -> TrainSpec:
    return TrainSpec(**(spec.model_dump() | values))
