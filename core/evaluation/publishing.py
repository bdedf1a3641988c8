"""Publishes the files of an evaluation, and the index of its answers."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from core.artifacts import publish_file, staging_folder
from core.evaluation.browsing.making import INDEX_FILE, identity_of, write_index
from core.evaluation.browsing.stored_rows import stored_rows, write_rows
from core.evaluation.reports.findings import Settings
from core.evaluation.reports.html import as_html
from core.evaluation.reports.text import as_text
from core.full_disk import naming_full_disks
from core.reporting import Reporter
from core.specs import EvaluateSpec
from core.specs.results.evaluate import EvaluateResult, EvaluationFile, Prediction

METRICS_FILE, PREDICTIONS_FILE = "metrics.json", "predictions.json"
REPORT_FILE, PAGE_FILE = "evaluation_report.txt", "evaluation_report.html"
FILES = (METRICS_FILE, PREDICTIONS_FILE, REPORT_FILE, PAGE_FILE, INDEX_FILE)


def finished_result(output: Path, spec: EvaluateSpec) -> EvaluateResult | None:
    """What an earlier attempt of the same job published before it died; None if it asked for something else."""
    path = output / METRICS_FILE
    if not path.exists():
        return None
    found = EvaluationFile.read(json.loads(path.read_text(encoding="utf-8")), str(path))
    if found.spec != spec.model_dump(mode="json"):
        return None
    return EvaluateResult(**{name: getattr(found, name) for name in EvaluateResult.model_fields})


def publish_evaluation(
    output: Path, result: EvaluateResult, predictions: list[Prediction], spec: EvaluateSpec, reporter: Reporter
) -> None:
    """Write the files into `output`: predictions.json with one row a line, so that a page reads only the rows it shows.

    metrics.json comes last: it marks the evaluation as complete.
    """
    metrics = EvaluationFile(**dict(result), spec=spec.model_dump(mode="json"), made_by=reporter.attempt)
    settings = Settings(metrics.spec, datetime.now(UTC))
    contents = {
        REPORT_FILE: as_text(result, predictions, settings),
        PAGE_FILE: as_html(result, predictions, settings),
        METRICS_FILE: json.dumps(metrics.stored(), ensure_ascii=False, indent=1),
    }
    output.mkdir(parents=True, exist_ok=True)
    staged = staging_folder(output / METRICS_FILE, reporter.attempt)
    try:
        with naming_full_disks(output, staged):
            with (staged / PREDICTIONS_FILE).open("wb") as file:
                write_rows(file, predictions)
            with (staged / PREDICTIONS_FILE).open("rb") as file:
                write_index(staged / INDEX_FILE, stored_rows(file), identity_of(staged / PREDICTIONS_FILE))
            for name, content in contents.items():
                (staged / name).write_text(content, encoding="utf-8")
        for name in (PREDICTIONS_FILE, INDEX_FILE, *contents):
            publish_file(staged / name, output / name, reporter)
    finally:
        shutil.rmtree(staged)
