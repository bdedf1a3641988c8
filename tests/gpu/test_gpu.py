"""The measurement of a GPU says in a sentence when there is none, and its code runs whole on a processor."""

import subprocess
import sys

import pytest

from tests.gpu.__main__ import NO_GPU, main
from tests.gpu.card import what_is_missing
from tests.gpu.methods import METHODS
from tests.gpu.report import report
from tests.gpu.shapes import SHAPES

_SPEED = {
    "part": "speed", "trainer": "Tunewright", "recomputed": True, "liger": False, "examples": 1, "batch": 4,
    "share": 0.5, "tokens_per_second": 9000.0, "peak_bytes": 20 << 30, "forecast_bytes": 22 << 30,
}  # fmt: skip


def test_without_a_gpu_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setattr("tests.gpu.__main__.missing_gpu", lambda: what_is_missing(0, False, "2.13.0", None))
    assert main(["--seconds", "1"]) == NO_GPU
    assert capsys.readouterr().out.startswith("Nothing was measured: this machine has no NVIDIA GPU")


@pytest.mark.parametrize(
    ("gpus", "usable", "built_for", "said"),
    [
        (1, True, "13.0", None),
        (1, False, None, "built without CUDA"),
        (1, False, "13.0", "driver does not run CUDA 13.0"),
    ],
)
def test_what_is_missing_is_named(gpus, usable, built_for, said):
    found = what_is_missing(gpus, usable, "2.13.0", built_for)
    assert found == said if said is None else said in found


def test_the_preset_is_the_fastest_setting_that_leaves_a_tenth_of_the_memory():
    rows = [
        {"part": "limit", "flops": 4e14},
        _SPEED,
        _SPEED | {"batch": 8, "tokens_per_second": 9500.0, "peak_bytes": 35 << 30},
        _SPEED | {"batch": 16, "tokens_per_second": 9900.0, "peak_bytes": 39 << 30},
        _SPEED | {"batch": 32, "note": "memory runs out"},
        _SPEED | {"part": "trl", "trainer": "TRL", "tokens_per_second": 99_000.0},
        {"part": "lost", "name": "checks", "failed": "the process ended with status -9"},
    ]
    rows[4].pop("share")
    told = report(rows, SHAPES["7b"], "Some GPU", 40 << 30)
    assert '"batch_size": 8,' in told and '"lora_r": 64,' in told and "400 TFLOP/s" in told
    assert "| Tunewright | yes | no | 4 | 9,000 | 50% | 20.00 | 22.00 | 1.10 |" in told
    assert "| Tunewright | yes | no | 32 | memory runs out |" in told
    assert "checks: FAILED: the process ended with status -9" in told


@pytest.mark.long
def test_all_of_it_runs_on_a_processor():
    told = subprocess.run(
        [sys.executable, "-m", "tests.gpu", "--shape", "tiny", "--device", "cpu", "--seconds", "1200"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    lines = told.stdout.splitlines()
    for trainer in ("Tunewright", "TRL"):
        for recomputed in ("yes", "no"):
            for batch in SHAPES["tiny"].batches:
                [row] = [line for line in lines if line.startswith(f"| {trainer} | {recomputed} | no | {batch} | ")]
                assert row.count("|") == 10 and "%" in row
    refused = [name for name in METHODS if name.startswith(("paged", "Liger", "float16"))]
    for name in METHODS:
        [row] = [line for line in lines if line.startswith(f"| {name} |")]
        assert ("→" in row) == (name not in refused), row
    assert sum("paused and resumed" in line and "e" in line.split("|")[2] for line in lines) == 2
    assert '"load_in_4bit": True,' in told.stdout
