"""Publishes the three files of an evaluation."""

import json
import shutil
from pathlib import Path

from core.artifacts import publish_file, staging_folder
from core.evaluation.report import as_text
from core.full_disk import naming_full_disks
from core.reporting import Reporter
from core.specs import EvaluateSpec
from core.specs.results.evaluate import EvaluateResult, EvaluationFile, Prediction

METRICS_FILE, PREDICTIONS_FILE, REPORT_FILE = FILES = ("metrics.json", "predictions.json", "evaluation_report.txt")


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
    """Write the files into `output`. metrics.json comes last: it marks the evaluation as complete."""
    metrics = EvaluationFile(**dict(result), spec=spec.model_dump(mode="json"), made_by=reporter.attempt)
    rows = [row.model_dump(mode="json") for row in predictions]
    contents = {
        PREDICTIONS_FILE: json.dumps(rows, ensure_ascii=False, indent=1),
        REPORT_FILE: as_text(result, predictions),
        METRICS_FILE: json.dumps(metrics.stored(), ensure_ascii=False, indent=1),
    }
    output.mkdir(parents=True, exist_ok=True)
    staged = staging_folder(output / METRICS_FILE, reporter.attempt)
    try:
        with naming_full_disks(output, staged):
            for name, content in contents.items():
                (staged / name).write_text(content, encoding="utf-8")
        for name in contents:
            publish_file(staged / name, output / name, reporter)
    finally:
        shutil.rmtree(staged)
