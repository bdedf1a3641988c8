"""Measures models in turn, each in its own process with the same prompt, threads and number of tokens.

A model that crashes its process is reported as failed; the others keep their figures.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from core.models.references import ModelLocation, locate
from core.processes.child import ChildError, run_child
from core.reporting import Reporter
from core.specs.results.benchmark import Speed

NEW_TOKENS, REPEATS = 64, 3
_FIGURES = (
    "time_to_first_token_s", "tokens_per_second", "token_p50_s", "token_p95_s", "token_p99_s", "best_batch",
    "best_batch_tokens_per_second", "load_s", "peak_memory_bytes", "peak_gpu_memory_bytes",
)  # fmt: skip


def measure_each(
    models: Mapping[str, ModelLocation],
    reporter: Reporter,
    new_tokens: int = NEW_TOKENS,
    repeats: int = REPEATS,
) -> dict[str, Speed]:
    """The speed of each of these models, by the names they are given, in the given order. Raises Stopped."""
    speeds = {}
    for number, (name, location) in enumerate(models.items()):
        reporter.progress(number, len(models), f"Measuring the speed of {name}")
        speeds[name] = _measure(name, location, new_tokens, repeats, reporter)
        if error := speeds[name].error:
            reporter.event(f"{name} could not be measured: {error}", model=name)
    reporter.progress(len(models), len(models), "Speed measured")
    return speeds


def by_label(models: Sequence[str], base_model: str | None) -> dict[str, ModelLocation]:
    """Each model once, by its label; the second of two with the same label goes by its path.

    Raises NotFoundError or InputError when a reference names no model.
    """
    found: dict[str, ModelLocation] = {}
    for location in dict.fromkeys(locate(reference, base_model) for reference in models):
        found[location.path if location.label in found else location.label] = location
    return found


def _measure(label: str, location: ModelLocation, new_tokens: int, repeats: int, reporter: Reporter) -> Speed:
    if location.kind in ("hub", "adapter"):
        from core.models.loading import base_folder

        base_folder(location)  # downloaded here: the child has no network
    with tempfile.TemporaryDirectory(prefix="speed-") as place:
        request_path, answer_path = Path(place) / "request.json", Path(place) / "answer.json"
        request = {
            "location": asdict(location),
            "threads": threads(),
            "new_tokens": new_tokens,
            "repeats": repeats,
            "answer": str(answer_path),
        }
        request_path.write_text(json.dumps(request), encoding="utf-8")
        try:
            run_child(["-m", "core.benchmark.measure_speed", str(request_path)], f"Measuring {label}", reporter)
            figures = json.loads(answer_path.read_text(encoding="utf-8"))
        except ChildError as error:
            figures = {"error": error.message}
    if "error" in figures:
        figures = dict.fromkeys(_FIGURES) | figures
    return Speed(kind=location.kind, **figures)


def threads() -> int:
    """The threads assigned to this process, or one per core that it may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) > 0 else len(os.sched_getaffinity(0))
