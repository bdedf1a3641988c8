"""The benchmark job: measures models and publishes `benchmark.json`."""

import json
import os
from importlib.metadata import version
from pathlib import Path

from core.artifacts import publish_file, refuse_foreign_file
from core.benchmark.measure_speed import PROMPT_TOKENS
from core.benchmark.speed import by_label, measure_each, threads
from core.errors import UnavailableError
from core.full_disk import naming_full_disks
from core.reporting import Reporter
from core.specs import BenchmarkSpec
from core.specs.results.benchmark import BenchmarkFile, BenchmarkResult

REPORT = "benchmark.json"


def benchmark(spec: BenchmarkSpec, reporter: Reporter = Reporter()) -> BenchmarkResult:  # noqa: B008 - it is stateless
    """Measure `spec.models` and publish `benchmark.json` in the output folder.

    Raises what `by_label` and `measure_each` raise, UnavailableError when no model could be measured, and ConflictError
    when the folder holds another job's figures.
    """
    final = Path(spec.output_dir) / REPORT
    final.parent.mkdir(parents=True, exist_ok=True)
    refuse_foreign_file(final, reporter)
    speeds = measure_each(by_label(spec.models, spec.base_model), reporter, spec.new_tokens, spec.repeats)
    errors = [speed.error for speed in speeds.values() if speed.error]
    if len(errors) == len(speeds):
        raise UnavailableError(f"No speed could be measured. {errors[0]}", "The job's log has the whole output.")
    report = BenchmarkFile(
        models=speeds,
        prompt_tokens=PROMPT_TOKENS,
        repeats=spec.repeats,
        threads=threads(),
        versions={name: version(name) for name in ("torch", "transformers", "llama-cpp-python")},
        made_by=reporter.attempt,
    )
    staged = final.with_name(f".{REPORT}.{reporter.attempt or os.getpid()}.partial")
    with naming_full_disks(final, staged):
        staged.write_text(json.dumps(report.stored(), indent=1), encoding="utf-8")
        publish_file(staged, final, reporter)
    return BenchmarkResult(models=speeds)
