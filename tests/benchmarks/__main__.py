"""`make bench`: runs every benchmark of this folder and prints what it found as tables for docs/benchmarks.md.

Each module here with a function `measure` is one benchmark: it returns figures by side, the first side being what the
second is compared with. Nothing is asserted: figures belong to a machine.

usage: python -m tests.benchmarks [NAME ...]
"""

import os
import pkgutil
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import psutil

_LIBRARIES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "datasets", "llama-cpp-python", "streamlit")
_FOLDER = str(Path(__file__).parent)


def main(names: list[str]) -> None:
    """Run the benchmarks called `names`, or all."""
    print(_machine(), flush=True)
    for name in names or sorted(module.name for module in pkgutil.iter_modules([_FOLDER]) if module.name != "__main__"):
        benchmark = import_module(f"tests.benchmarks.{name}")
        if not hasattr(benchmark, "measure"):
            continue
        print(f"\n### {name}\n\n{benchmark.__doc__.strip()}\n", flush=True)
        print(_table(benchmark.measure()), flush=True)


def _machine() -> str:
    versions = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    return (
        f"{psutil.cpu_count()} cores ({_processor()}), {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, OMP_NUM_THREADS "
        f"{os.environ.get('OMP_NUM_THREADS', 'not set')}; {versions}.\n"
        f"Load before: {os.getloadavg()[0]:.1f}; above 0.5 on a machine used otherwise, figures mean little."
    )


def _processor() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return models[0].partition(":")[2].strip() if models else platform.machine()


def _table(figures: dict[str, dict[str, float]]) -> str:
    """A row for each figure of any side, a column for each side, ours first; of two, the first over the second."""
    sides = sorted(figures, key=lambda side: side != "ours")
    head = ["", *sides, *(["ratio"] if len(sides) == 2 else [])]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name in dict.fromkeys(name for side in sides for name in figures[side]):
        values = [figures[side].get(name) for side in sides]
        ratio = []
        if len(sides) == 2:
            ratio = ["–" if None in values or not values[1] else f"{values[0] / values[1]:.2f}"]
        rows.append([name, *(_figure(name, value) for value in values), *ratio])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name.endswith("_bytes"):
        return f"{value / 2**20:,.1f} MiB"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main(sys.argv[1:])
