"""`/api/runs`: trainings found, tagged, archived, deleted and compared; new ones from the settings of old ones."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.actor import CurrentActor
from app.api.job_requests import ChangedSettings
from app.api.jobs import JobView
from app.api.references import JobId
from app.disk.trash import delete, delete_for_good, preview_deletion
from app.jobs.queries import job
from app.training import runs as use
from app.training.comparing import compare_runs
from app.training.continuing import checkpoints_of, clone_run, continue_run
from app.training.equivalents import training_yaml
from app.training.notebook import notebook_of
from app.training.run_again import run_again, spec_of
from app.training.watching import sample_answers
from core.serving.bounded_route import BoundedRoute
from core.specs import JobState
from core.specs.keeping import ThingKind
from core.specs.results.sample_answers import SampleAnswer

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=BoundedRoute)


class RunChange(BaseModel):
    """What to change about a run; absent fields stay."""

    model_config = ConfigDict(extra="forbid")

    add_tags: list[str] = Field(default=[], max_length=20)
    remove_tags: list[str] = Field(default=[], max_length=20)
    notes: str | None = Field(default=None, max_length=4000)
    archived: bool | None = None


class ContinueRequest(BaseModel):
    """Where to start from, and the settings to change."""

    model_config = ConfigDict(extra="forbid")

    step: int | None = Field(default=None, ge=0)
    """Of the checkpoint; the last one by default."""
    settings: ChangedSettings = ChangedSettings()


class CheckpointView(BaseModel):
    """A checkpoint that can be started from."""

    model_config = ConfigDict(from_attributes=True)

    step: int
    validation_loss: float | None
    mean_reward: float | None
    """GRPO has this one instead."""
    is_best: bool


class ComparisonView(BaseModel):
    """Runs side by side: each row holds one value per run, in the order asked for."""

    runs: list[JobView]
    settings: dict[str, list]
    scores: dict[str, list[float | None]]


class Deleted(BaseModel):
    """What a deletion frees, or has freed."""

    name: str
    frees_bytes: int
    deleted: bool
    trash_id: str | None = None
    """For POST /api/trash/{trash_id}/restore, within a day; None if it was for good."""


@router.get("")
def list_runs(
    actor: CurrentActor,
    find: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[tuple[JobState, ...], Query(max_length=5)] = (),
    tag: Annotated[tuple[str, ...], Query(max_length=20)] = (),
    sweep: str | None = None,
    archived: bool = False,
    sort: use.RunOrder = use.RunOrder.NEWEST,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[JobView]:
    """Runs by words in name, tags, notes, model or dataset; by state, tag and sweep."""
    which = use.RunFilter(find, state, tag, sweep, archived)
    return [JobView.model_validate(run) for run in use.runs(actor, which, sort, limit, offset)]


@router.get("/tags")
def list_tags(actor: CurrentActor) -> dict[str, int]:
    """Every tag with its number of runs."""
    return use.tags(actor)


@router.get("/compare")
def compare(actor: CurrentActor, run: Annotated[list[str], Query(max_length=20)]) -> ComparisonView:
    """The settings in which runs differ, and their scores."""
    found = compare_runs(actor, run)
    rows = {name: list(values) for name, values in found.settings.items()}
    scores = {name: list(values) for name, values in found.scores.items()}
    return ComparisonView(runs=[JobView.model_validate(one) for one in found.runs], settings=rows, scores=scores)


@router.patch("/{run_id}")
def change(actor: CurrentActor, run_id: JobId, request: RunChange) -> JobView:
    """Change tags, notes or archive of a run."""
    run = use.tag_runs(actor, [run_id], request.add_tags, request.remove_tags)[0]
    if request.notes is not None:
        run = use.note_run(actor, run_id, request.notes)
    if request.archived is not None:
        run = use.archive_runs(actor, [run_id], request.archived)[0]
    return JobView.model_validate(run)


@router.delete("/{run_id}")
def delete_run(actor: CurrentActor, run_id: JobId, for_good: bool = False, preview: bool = False) -> Deleted:
    """Delete a run with its checkpoints; with `preview`, only report what that would free."""
    found = preview_deletion(actor, ThingKind.RUN, run_id)
    trash_id = None
    if not preview and for_good:
        delete_for_good(actor, ThingKind.RUN, run_id)
    elif not preview:
        trash_id = delete(actor, ThingKind.RUN, run_id).id
    return Deleted(name=found.name, frees_bytes=found.frees_bytes, deleted=not preview, trash_id=trash_id)


@router.get("/{run_id}/sample-answers")
def answers(actor: CurrentActor, run_id: JobId) -> list[SampleAnswer]:
    """What the run answered to the same few questions at each validation, in order."""
    return sample_answers(job(actor, run_id))


@router.get("/{run_id}/notebook", response_class=Response)
def notebook(actor: CurrentActor, run_id: JobId) -> Response:
    """The run as a Jupyter notebook that needs neither studio nor database."""
    return Response(notebook_of(spec_of(actor, run_id)), media_type="application/x-ipynb+json")


@router.get("/{run_id}/yaml", response_class=PlainTextResponse)
def settings_yaml(actor: CurrentActor, run_id: JobId) -> str:
    """Its settings as `train --config` and the Train page take them."""
    return training_yaml(spec_of(actor, run_id).model_dump(mode="json"))


@router.get("/{run_id}/checkpoints")
def list_checkpoints(actor: CurrentActor, run_id: JobId) -> list[CheckpointView]:
    """The checkpoints of a run that can be started from, the first step first."""
    return [CheckpointView.model_validate(one) for one in checkpoints_of(actor, run_id)]


@router.post("/{run_id}/again", status_code=201)
def again(actor: CurrentActor, run_id: JobId) -> JobView:
    """Start a run with every setting of this one, its seed and the checkpoint it started from included."""
    return JobView.model_validate(run_again(actor, run_id))


@router.post("/{run_id}/clone", status_code=201)
def clone(actor: CurrentActor, run_id: JobId, changed: ChangedSettings) -> JobView:
    """Start a run with the settings of this one, except those in the body."""
    return JobView.model_validate(clone_run(actor, run_id, **_given(changed)))


@router.post("/{run_id}/continue", status_code=201)
def start_again(actor: CurrentActor, run_id: JobId, request: ContinueRequest) -> JobView:
    """Start a run from a checkpoint of this one, with changed settings."""
    return JobView.model_validate(continue_run(actor, run_id, request.step, **_given(request.settings)))


def _given(changed: BaseModel) -> dict:
    return {name: value for name, value in changed.model_dump(exclude_unset=True).items() if value is not None}
