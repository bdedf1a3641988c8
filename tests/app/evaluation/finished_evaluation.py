"""A finished evaluation of this workspace, made of scores that a test chooses."""

import json
from pathlib import Path

from core.specs import EvaluateSpec, JobKind
from core.specs.results.evaluate import EvaluateResult, EvaluationFile, Prediction
from storage.rows import Job
from tests.app.working import pretend


def finished_evaluation(folder: Path, result: EvaluateResult, rows: list[Prediction], name: str = "care scores") -> Job:
    """The job, with metrics.json and predictions.json in its folder, as publishing leaves them."""
    models = [{"name": one.name, "model": "starter"} for one in result.models]
    spec = EvaluateSpec(name=name, output_dir=str(folder), models=models, dataset=str(folder))
    folder.mkdir(parents=True)
    told = [row.model_dump(mode="json") for row in rows]
    (folder / "predictions.json").write_text(json.dumps(told), encoding="utf-8")
    file = EvaluationFile(**dict(result), spec=spec.model_dump(mode="json"), made_by="")
    (folder / "metrics.json").write_text(json.dumps(file.stored()), encoding="utf-8")
    return pretend(JobKind.EVALUATE, spec, result=result.stored())
