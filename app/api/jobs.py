"""`/api/jobs`: start jobs, query them, stop and resume them, order their queue."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict

from app.api.actor import CurrentActor
from app.api.job_requests import (
    BenchmarkRequest,
    EvaluateRequest,
    ExportRequest,
    JudgeRequest,
    PrepareRequest,
    SynthesizeRequest,
    TrainRequest,
)
from app.api.references import JobId
from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.evaluation.judging.start_judging import start_judging
from app.evaluation.start_evaluating import start_benchmark, start_evaluating
from app.export.start_exporting import start_exporting
from app.jobs.logs import job_log
from app.jobs.queries import job, job_events, job_metrics, jobs
from app.jobs.queue import Place, move_job, waiting_jobs
from app.jobs.stop_and_resume import cancel_job, discard_job, finish_job, pause_job, resume_job
from app.training.start_training import start_training
from core.serving.bounded_route import BoundedRoute
from core.specs import (
    JobKind,
    JobState,
)
from storage.actors import Actor

router = APIRouter(prefix="/api/jobs", tags=["jobs"], route_class=BoundedRoute)


class JobView(BaseModel):
    """A job as REST shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: JobKind
    name: str
    state: JobState
    hold_reason: str | None
    stop_requested: str | None
    attempt: int
    max_attempts: int
    stage: str
    progress_done: float | None
    progress_total: float | None
    spec: dict
    result: dict | None
    error_message: str | None
    error_remedy: str | None
    death_cause: str | None
    output_dir: str
    tags: list[str]
    notes: str
    archived_at: datetime | None
    sweep_id: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class EventView(BaseModel):
    """One line of a job's history."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    message: str
    details: dict


@router.get("")
def list_jobs(
    actor: CurrentActor,
    kind: JobKind | None = None,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: str | None = None,
) -> list[JobView]:
    """Jobs, newest first; `before` is the last id of the previous page."""
    return [JobView.model_validate(job) for job in jobs(actor, kind, state, limit, before)]


@router.post("/prepare", status_code=201)
def prepare(actor: CurrentActor, request: PrepareRequest) -> JobView:
    """Make a dataset from samples, an upload, the hub or another dataset."""
    return _started(actor, start_preparing, request)


@router.post("/synthesize", status_code=201)
def synthesize(actor: CurrentActor, request: SynthesizeRequest) -> JobView:
    """Have a model write examples from uploaded documents, or vary a dataset's."""
    return _started(actor, start_synthesizing, request)


@router.post("/train", status_code=201)
def train(actor: CurrentActor, request: TrainRequest) -> JobView:
    """Fine-tune a model on a dataset."""
    return _started(actor, start_training, request)


@router.post("/evaluate", status_code=201)
def evaluate(actor: CurrentActor, request: EvaluateRequest) -> JobView:
    """Score a model, and its base, on the same examples."""
    return _started(actor, start_evaluating, request)


@router.post("/export", status_code=201)
def export(actor: CurrentActor, request: ExportRequest) -> JobView:
    """Export a model to GGUF files."""
    return _started(actor, start_exporting, request)


@router.post("/judge", status_code=201)
def judge(actor: CurrentActor, request: JudgeRequest) -> JobView:
    """Have a model judge the answers of a finished evaluation."""
    return _started(actor, start_judging, request)


@router.post("/benchmark", status_code=201)
def benchmark(actor: CurrentActor, request: BenchmarkRequest) -> JobView:
    """Compare the speed and memory of models."""
    return _started(actor, start_benchmark, request)


@router.get("/queue")
def queue(actor: CurrentActor) -> list[JobView]:
    """The waiting jobs in the order in which they will be started, paused ones too."""
    return [JobView.model_validate(job) for job in waiting_jobs(actor)]


@router.post("/{job_id}/move")
def move(actor: CurrentActor, job_id: JobId, to: Place) -> list[JobView]:
    """Move a waiting job in the queue; returns the new order."""
    return [JobView.model_validate(job) for job in move_job(actor, job_id, to)]


@router.post("/{job_id}/finish")
def finish(actor: CurrentActor, job_id: JobId) -> JobView:
    """End a training at its next step and publish what it has learned so far."""
    return JobView.model_validate(finish_job(actor, job_id))


@router.post("/{job_id}/discard")
def discard(actor: CurrentActor, job_id: JobId) -> JobView:
    """Cancel a job and delete for good what it has saved."""
    return JobView.model_validate(discard_job(actor, job_id))


@router.get("/{job_id}")
def get_job(actor: CurrentActor, job_id: str) -> JobView:
    """One job: state, progress and result."""
    return JobView.model_validate(job(actor, job_id))


@router.post("/{job_id}/cancel")
def cancel(actor: CurrentActor, job_id: str) -> JobView:
    """Cancel a queued job, or ask a running one to stop."""
    return JobView.model_validate(cancel_job(actor, job_id))


@router.post("/{job_id}/pause")
def pause(actor: CurrentActor, job_id: str) -> JobView:
    """Ask a running job to stop at a checkpoint, to be resumed later."""
    return JobView.model_validate(pause_job(actor, job_id))


@router.post("/{job_id}/resume")
def resume(actor: CurrentActor, job_id: str) -> JobView:
    """Resume a paused job."""
    return JobView.model_validate(resume_job(actor, job_id))


@router.get("/{job_id}/events")
def events(actor: CurrentActor, job_id: str, after: int = 0) -> list[EventView]:
    """The events of a job after the id `after`, oldest first."""
    job(actor, job_id)
    return [EventView.model_validate(event) for event in job_events(actor, job_id, after)]


@router.get("/{job_id}/metrics")
def metrics(
    actor: CurrentActor, job_id: str, after_step: int = -1, name: Annotated[list[str] | None, Query()] = None
) -> dict[str, list[tuple[int, float | None]]]:
    """Each metric's (step, value) points after `after_step`."""
    job(actor, job_id)
    return job_metrics(actor, job_id, after_step, name)


@router.get("/{job_id}/log", response_class=PlainTextResponse)
def log(actor: CurrentActor, job_id: str, tail_bytes: Annotated[int, Query(ge=1, le=1_000_000)] = 20_000) -> str:
    """The end of a job's log."""
    return job_log(actor, job_id, tail_bytes)


def _started(actor: Actor, start, request: BaseModel) -> JobView:
    values = {field: value for field, value in request.model_dump(exclude_unset=True).items() if value is not None}
    return JobView.model_validate(start(actor, **values))
