"""Putting a job into the queue: its name, folder and spec are validated before its row is written."""

from pathlib import Path

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
from core.specs import JobKind, Spec, parse_spec
from storage import jobs as rows
from storage.actors import Actor
from storage.artifacts import artifact_ids
from storage.rows import Job


def enqueue(actor: Actor, kind: JobKind, values: dict, base_name: str, sweep_id: str | None = None) -> Job:
    """Complete name and folder, validate everything, then write the row. A rejected job leaves no folder."""
    rows.refuse_full_queue(store())  # before a folder is created
    folder = given_folder(values["output_dir"]) if values.get("output_dir") else None
    values["name"] = checked_name(values["name"]) if values.get("name") else _name(kind, base_name, folder)
    spec = parse_spec(kind, values | {"output_dir": folder or ""})
    if not folder:
        spec = spec.model_copy(update={"output_dir": default_folder(kind, spec.name)})
    try:
        refuse_taken(kind, spec)
        _refuse_shared(actor, kind, spec)
        spec = spec.model_copy(update={"artifact_ids": artifact_ids(store(), actor, spec.named_paths())})
        return rows.enqueue(store(), actor, spec, kind, sweep_id)
    except Exception:
        if not folder and kind not in DATASET_MAKERS:
            Path(spec.output_dir).rmdir()
        raise


def _name(kind: JobKind, base_name: str, folder: str | None) -> str:
    if not folder:
        return next_name(kind, base_name, {other.name for other in rivals(kind)})
    return plain_name(base_name if kind in DATASET_MAKERS else Path(folder).name)


def _refuse_shared(actor: Actor, kind: JobKind, spec: Spec) -> None:
    """Raise ConflictError if an unfinished job will write the same output into the same folder."""
    for other in rivals(kind):
        same_name = kind not in DATASET_MAKERS or other.name == spec.name
        if other.output_dir == spec.output_dir and same_name:
            which = other.id if other.owner_id == actor.owner_id else "Somebody else's job"
            raise ConflictError(
                f"{which} is already writing to {spec.output_dir}.", "Choose another folder, or cancel that job."
            )


def rivals(kind: JobKind) -> list[Job]:
    """The unfinished jobs of all owners that write to the same place as a job of `kind`."""
    return rows.unfinished_jobs(store(), DATASET_MAKERS if kind in DATASET_MAKERS else (kind,))
