"""`/api/sweeps`: several runs with varied settings, started and judged together."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.actor import CurrentActor
from app.api.job_requests import TrainRequest
from app.api.references import JobId
from app.training.sweeps import forecast_sweep, start_sweep, sweep_standing, sweeps
from core.serving.bounded_route import BoundedRoute
from core.specs import JobState
from core.training.sweep import read_plan
from storage.actors import Actor

router = APIRouter(prefix="/api/sweeps", tags=["sweeps"], route_class=BoundedRoute)


class SweepRequest(BaseModel):
    """The settings of all runs, and what is varied."""

    model_config = ConfigDict(extra="forbid")

    settings: TrainRequest
    vary: dict[str, str] = Field(min_length=1, max_length=20)
    """Field → `1e-4, 3e-4` or, for random runs, `1e-5..1e-3`."""
    runs: int | None = Field(default=None, ge=1, le=1000)
    """How many to draw at random; every combination by default."""
    seed: int = Field(default=42, ge=0)
    preview: bool = False
    """Only report how many runs these are, and how long they take."""


class SweepForecast(BaseModel):
    """What a sweep would be."""

    runs: int
    seconds: float | None
    """Estimate for all runs in sequence, from earlier runs; None without any."""


class SweepRunView(BaseModel):
    """One run of a sweep, with its lowest validation loss so far or, with GRPO, its highest mean reward."""

    job: str
    name: str
    state: JobState
    varied: dict
    loss: float | None
    mean_reward: float | None
    step: int | None


class SweepView(BaseModel):
    """A sweep; `runs` and `best` (a job) only where one sweep was asked for."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    plan: dict
    created_at: datetime
    count: int = 0
    best: str | None = None
    runs: list[SweepRunView] = []


@router.get("")
def list_sweeps(actor: CurrentActor) -> list[SweepView]:
    """Sweeps, newest first."""
    return [SweepView.model_validate(sweep).model_copy(update={"count": count}) for sweep, count in sweeps(actor)]


@router.post("", status_code=201)
def start(actor: CurrentActor, request: SweepRequest) -> SweepView | SweepForecast:
    """Start the runs of a sweep: all, or none if one of them cannot be."""
    plan = read_plan(request.vary, request.runs, request.seed)
    given = request.settings.model_dump(exclude_unset=True)
    settings = {name: value for name, value in given.items() if value is not None}
    if request.preview:
        return SweepForecast(**forecast_sweep(actor, plan, **settings)._asdict())
    return _view(actor, start_sweep(actor, plan, **settings).id)


@router.get("/{sweep_id}")
def get_sweep(actor: CurrentActor, sweep_id: JobId) -> SweepView:
    """A sweep with its runs, what was varied in each, and the best so far by validation loss."""
    return _view(actor, sweep_id)


def _view(actor: Actor, sweep_id: str) -> SweepView:
    standing = sweep_standing(actor, sweep_id)
    runs = [
        SweepRunView(job=run.job.id, name=run.job.name, state=run.job.state, varied=run.varied, step=run.step,
                     loss=run.loss, mean_reward=run.mean_reward)
        for run in standing.runs
    ]  # fmt: skip
    best = standing.best and standing.best.job.id
    return SweepView.model_validate(standing.sweep).model_copy(update={"count": len(runs), "best": best, "runs": runs})
