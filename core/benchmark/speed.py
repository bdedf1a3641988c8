"""Compares models by speed and memory: each in a process of its own, all with the same prompt, threads and work.

A model that kills its process is told as failed; the others keep their figures.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from core.artifacts import publish_file
from core.benchmark.measure_speed import PROMPT_TOKENS
from core.errors import ConflictError, UnavailableError
from core.full_disk import naming_full_disks
from core.models.references import ModelLocation, locate
from core.processes.child import ChildError, run_child
from core.reporting import Reporter
from core.specs import BenchmarkSpec

REPORT = "benchmark.json"
NEW_TOKENS, REPEATS = 64, 3
_FIGURES = ("time_to_first_token_s", "tokens_per_second", "load_s", "peak_memory_bytes", "peak_gpu_memory_bytes")


def benchmark(spec: BenchmarkSpec, reporter: Reporter = Reporter()) -> dict[str, dict]:  # noqa: B008 - it has no state
    """Measure `spec.models` as `measure_each` does, and publish `benchmark.json` in the output folder.

    Returns the figures by label. Raises what `measure_each` raises, UnavailableError when not one model could be
    measured, and ConflictError when another job's figures are in the folder.
    """
    final = Path(spec.output_dir) / REPORT
    final.parent.mkdir(parents=True, exist_ok=True)
    _refuse_anothers(final, reporter)
    figures = measure_each(spec.models, spec.base_model, reporter, spec.new_tokens, spec.repeats)
    errors = [measured["error"] for measured in figures.values() if "error" in measured]
    if len(errors) == len(figures):
        raise UnavailableError(f"No speed could be measured. {errors[0]}", "The job's log has the whole output.")
    report = {
        "models": figures,
        "prompt_tokens": PROMPT_TOKENS,
        "repeats": spec.repeats,
        "threads": _threads(),
        "versions": {name: version(name) for name in ("torch", "transformers", "llama-cpp-python")},
        "made_by": reporter.attempt,
    }
    staged = final.with_name(f".{REPORT}.{reporter.attempt or os.getpid()}.partial")
    with naming_full_disks(final, staged):
        staged.write_text(json.dumps(report, indent=1), encoding="utf-8")
        publish_file(staged, final, reporter)
    return figures


def measure_each(
    models: Sequence[str],
    base_model: str | None,
    reporter: Reporter,
    new_tokens: int = NEW_TOKENS,
    repeats: int = REPEATS,
) -> dict[str, dict]:
    """Label → `kind`, and `time_to_first_token_s` (median), `tokens_per_second` after it (median), `load_s`,
    `peak_memory_bytes` of the process, `peak_gpu_memory_bytes` (None where unknown), and `new_tokens` timed.

    Of a model that could not be measured all figures are None and `error` says why. Raises NotFoundError or InputError
    when a reference names no model, or Stopped.
    """
    locations = _by_label(models, base_model)
    figures = {}
    for number, (label, location) in enumerate(locations.items()):
        reporter.progress(number, len(locations), f"Measuring the speed of {label}")
        measured = _measure(label, location, new_tokens, repeats, reporter)
        if "error" in measured:
            measured = dict.fromkeys(_FIGURES) | measured
            reporter.event(f"{label} could not be measured: {measured['error']}", model=label)
        figures[label] = {"kind": location.kind, **measured}
    reporter.progress(len(locations), len(locations), "Speed measured")
    return figures


def _by_label(models: Sequence[str], base_model: str | None) -> dict[str, ModelLocation]:
    """Each model once; of two with the same label the second is called by its path."""
    found: dict[str, ModelLocation] = {}
    for location in dict.fromkeys(locate(reference, base_model) for reference in models):
        found[location.path if location.label in found else location.label] = location
    return found


def _measure(label: str, location: ModelLocation, new_tokens: int, repeats: int, reporter: Reporter) -> dict:
    """The figures of one model, or `error`."""
    if location.kind in ("hub", "adapter"):
        from core.models.loading import base_folder

        base_folder(location)  # fetched here: the child has no network
    with tempfile.TemporaryDirectory(prefix="speed-") as place:
        request_path, answer_path = Path(place) / "request.json", Path(place) / "answer.json"
        request = {
            "location": asdict(location),
            "threads": _threads(),
            "new_tokens": new_tokens,
            "repeats": repeats,
            "answer": str(answer_path),
        }
        request_path.write_text(json.dumps(request), encoding="utf-8")
        try:
            run_child(["-m", "core.benchmark.measure_speed", str(request_path)], f"Measuring {label}", reporter)
        except ChildError as error:
            return {"error": error.message}
        return json.loads(answer_path.read_text(encoding="utf-8"))


def _threads() -> int:
    """The threads that this process was given, or else one for each core that it may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) > 0 else len(os.sched_getaffinity(0))


def _refuse_anothers(final: Path, reporter: Reporter) -> None:
    """Raise ConflictError when figures stand there that are not of an earlier attempt of this very job."""
    if not final.exists():
        return
    made_by = json.loads(final.read_text(encoding="utf-8")).get("made_by", "")
    job_id = reporter.attempt.rpartition(".")[0]
    if not job_id or made_by.rpartition(".")[0] != job_id:
        raise ConflictError(f"{final} exists already.", "Choose another output folder, or delete it first.")
