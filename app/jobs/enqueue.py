"""Putting a job into the queue: its name and folder, checked before its row is written."""

from pathlib import Path

from app.jobs.queries import jobs
from app.plumbing.places import (
    DATASET_MAKERS,
    checked_name,
    default_folder,
    given_folder,
    next_name,
    plain_name,
    refuse_taken,
)
from app.plumbing.studio import store
from core.errors import ConflictError
from core.specs import JobKind, JobState, Spec, parse_spec
from storage import jobs as rows
from storage.rows import Job


def enqueue(kind: JobKind, values: dict, wish: str) -> Job:
    """Complete name and place, validate everything, and only then write the row. What is refused leaves no folder."""
    rows.refuse_full_queue(store())  # before a folder is made
    folder = given_folder(values["output_dir"]) if values.get("output_dir") else None
    values["name"] = checked_name(values["name"]) if values.get("name") else _name(kind, wish, folder)
    spec = parse_spec(kind, values | {"output_dir": folder or ""})
    if not folder:
        spec = spec.model_copy(update={"output_dir": default_folder(kind, spec.name)})
    try:
        refuse_taken(kind, spec)
        _refuse_shared(kind, spec)
        return rows.enqueue(store(), spec, kind)
    except Exception:
        if not folder and kind not in DATASET_MAKERS:
            Path(spec.output_dir).rmdir()
        raise


def _name(kind: JobKind, wish: str, folder: str | None) -> str:
    if not folder:
        return next_name(kind, wish, {other.name for other in rivals(kind)})
    return plain_name(wish if kind in DATASET_MAKERS else Path(folder).name)


def _refuse_shared(kind: JobKind, spec: Spec) -> None:
    """Raise ConflictError when a job that has not ended will put the same things into the same place."""
    for other in rivals(kind):
        same_name = kind not in DATASET_MAKERS or other.name == spec.name
        if other.output_dir == spec.output_dir and same_name:
            raise ConflictError(
                f"{other.id} is already at work on {spec.output_dir}.", "Choose another folder, or cancel that job."
            )


def rivals(kind: JobKind) -> list[Job]:
    """The unfinished jobs that put things where a job of `kind` does."""
    kinds = DATASET_MAKERS if kind in DATASET_MAKERS else (kind,)
    return [other for each in kinds for other in unfinished_jobs(each)]


def unfinished_jobs(kind: JobKind) -> list[Job]:
    return [other for state in (JobState.QUEUED, JobState.RUNNING) for other in jobs(kind, state, limit=1000)]
