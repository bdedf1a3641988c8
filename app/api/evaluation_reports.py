"""`/api/evaluations`: the reports of a finished evaluation, for people and other programs, and its gate."""

import shutil
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from app.api.actor import CurrentActor
from app.api.references import JobId
from app.evaluation.gate import gate
from app.evaluation.reports import harness_archive, html_report, text_report
from app.evaluation.stored import stored_evaluation
from app.wording.names import file_name
from core.evaluation.gate.thresholds import read_thresholds
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/api/evaluations", tags=["evaluations"], route_class=BoundedRoute)


class GateRequest(BaseModel):
    """What is demanded, as the text of a thresholds file."""

    model_config = ConfigDict(extra="forbid")

    thresholds: Annotated[str, Field(min_length=1, max_length=100_000)]
    """YAML or JSON."""


class CheckView(BaseModel):
    """One condition, what became of it, and the figures behind that."""

    state: Literal["passed", "failed", "cannot be told"]
    condition: str
    why: str


class GateView(BaseModel):
    """What became of all conditions; `exit_code` is what the command line exits with."""

    state: Literal["passed", "failed", "cannot be told"]
    exit_code: int
    checks: list[CheckView]


@router.get("/{job_id}/report", response_class=Response)
def report(actor: CurrentActor, job_id: JobId) -> Response:
    """The evaluation as one HTML file that loads and runs nothing, as a download."""
    found = stored_evaluation(actor, job_id)
    # A download: shown in place, what models wrote would stand under the studio's own address.
    headers = {"Content-Disposition": f'attachment; filename="{file_name(found.name, ".html")}"'}
    return Response(html_report(actor, found), media_type="text/html; charset=utf-8", headers=headers)


@router.get("/{job_id}/report.txt", response_class=PlainTextResponse)
def plain_report(actor: CurrentActor, job_id: JobId) -> str:
    """The evaluation as plain text."""
    return text_report(stored_evaluation(actor, job_id))


@router.get("/{job_id}/lm-eval", response_class=FileResponse)
def lm_eval(actor: CurrentActor, job_id: JobId) -> FileResponse:
    """A zip file of lm-evaluation-harness's `results_*.json` and `samples_*.jsonl`, a folder for each model."""
    archive = harness_archive(stored_evaluation(actor, job_id))
    return FileResponse(
        archive, filename=archive.name, media_type="application/zip", background=BackgroundTask(_remove, archive.parent)
    )


@router.post("/{job_id}/gate")
def check(actor: CurrentActor, job_id: JobId, request: GateRequest) -> GateView:
    """Whether the evaluation satisfies these thresholds."""
    found = stored_evaluation(actor, job_id)
    return GateView.model_validate(gate(found, read_thresholds(request.thresholds, "The thresholds")))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
