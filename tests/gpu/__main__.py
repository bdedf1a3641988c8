"""Measures training on a GPU: speed beside TRL and the hardware's limit, every method, memory beside its forecast.

Everything runs in a child process, which keeps to the time it is given; should it die, another does the parts after the
one that killed it. Prints tables for docs/benchmarks.md and the best settings as a preset.

usage: python -m tests.gpu [--seconds 600] [--shape 7b|tiny] [--device cuda|cpu] [PART ...]

Parts: speed, trl, methods, checks. Exit status: 0; 1 if something failed; 3 if there is no GPU to measure.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from core.machine import processor_and_cores, this_machine
from tests.gpu.card import missing_gpu
from tests.gpu.pace import SHARES, Budget
from tests.gpu.report import failures, report
from tests.gpu.shapes import SHAPES

NO_GPU = 3
_LIBRARIES = ("torch", "transformers", "trl", "peft", "bitsandbytes")
_GRACE_SECONDS, _LAST_LINES = 15, 30
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the parts that `arguments` name, or all. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(SHARES)}; all without any")
    parser.add_argument("--seconds", type=float, default=600, help="how long it may take")
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(SHARES):
        parser.error(f"there is no part {min(unknown)}")
    if asked.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    elif why := missing_gpu():
        print(f"{why} `--shape tiny --device cpu` runs the same code on the processor.")
        return NO_GPU
    else:
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
    budget = Budget(asked.seconds)
    rows = _measured([part for part in SHARES if part in asked.parts or not asked.parts], asked.shape, budget)
    machine = this_machine()
    print(report(rows, SHAPES[asked.shape], _device(), machine.gpu_bytes or machine.memory_bytes))
    print(f"\nTook {asked.seconds - budget.left:.0f} of {asked.seconds:.0f} seconds.")
    failed = failures(rows)
    for one in failed:
        print(f"FAILED: {one}")
    return 1 if failed else 0


def _measured(parts: list[str], shape: str, budget: Budget) -> list[dict]:
    """The rows of all parts."""
    rows: list[dict] = []
    while parts and budget.left > 0:
        found, ended = _by_child(parts, shape, budget)
        done = [row["name"] for row in found if row["part"] == "done"]
        rows += [row for row in found if row["part"] != "done"]
        parts = [part for part in parts if part not in done]
        if parts:
            rows.append({"part": "lost", "name": parts.pop(0), "failed": ended})
    return rows + [{"part": "lost", "name": part, "note": "no time left"} for part in parts]


def _by_child(parts: list[str], shape: str, budget: Budget) -> tuple[list[dict], str]:
    """What a child measured of `parts`, and how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        told, log = Path(folder) / "rows.jsonl", Path(folder) / "log"
        told.touch()
        ends_at = time.monotonic() + budget.left - _GRACE_SECONDS
        asked = {"parts": parts, "shape": shape, "ends_at": ends_at, "folder": folder, "rows": told.name}
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.gpu.child", json.dumps(asked)],
                stdout=out, stderr=out, env=os.environ | _ENVIRONMENT,
            )  # fmt: skip
            try:
                ended = f"the process ended with status {child.wait(budget.left)}"
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                ended = "it was ended: its time was over"
        found = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        if child.returncode or any("failed" in row for row in found):
            print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]))
        return found, ended


def _device() -> str:
    """What was measured on."""
    import torch

    on_gpu = torch.cuda.is_available()
    name = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}" if on_gpu else processor_and_cores()
    versions = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    return f"{name}, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
