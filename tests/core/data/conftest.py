"""Valid rows, and files made from them."""

import csv
import json
from pathlib import Path

import pytest

from core.data.preparing.prepare import prepare
from core.data.store.datasets import REPORT, read_split
from core.specs import PrepareSpec

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def good_row(number: int) -> dict[str, str]:
    """A unique row of more than ten words."""
    name = " ".join(NUMBERS[int(digit)] for digit in str(number))
    return {
        "instruction": f"Which whole number comes right after the number {name}?",
        "input": "",
        "output": f"Right after {name} comes {number + 1}, as everyone who counts knows.",
    }


def good_rows(count: int) -> list[dict[str, str]]:
    return [good_row(number) for number in range(count)]


def write_csv(path, rows: list[dict], encoding: str = "utf-8", **style):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **style)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_json_lines(path, rows: list):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def prepare_samples(folder, **values) -> dict:
    """Prepare samples into `folder`; returns the result as a job's row stores it."""
    values = {"name": "care", "domain": "healthcare", "num_samples": 100} | values
    return prepare(PrepareSpec(output_dir=str(folder), source="sample", **values)).stored()


@pytest.fixture
def prepare_file(tmp_path):
    """Prepare a file into `tmp_path/out`; returns the result as a job's row stores it."""

    def run(path, name="mine", **values):
        spec = PrepareSpec(
            name=name, output_dir=str(tmp_path / "out"), source="file", input_file=str(path), **values
        )  # fmt: skip
        return prepare(spec).stored()

    return run


def stored_report(path: str) -> dict:
    """The report beside a dataset, as it is stored."""
    return json.loads((Path(path) / REPORT).read_text(encoding="utf-8"))


def texts_of(path: str) -> dict[str, list[tuple[str, str]]]:
    """The instruction and output of every example in a dataset, by split and in order."""
    return {
        name: [(example["instruction"], example["output"]) for example in read_split(path, name)]
        for name in stored_report(path)["splits"]
    }


def question(example: dict) -> str:
    """The question of an example in lower case."""
    return f"{example['instruction']} {example['input']}".casefold()
