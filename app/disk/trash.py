"""Deleting things into the trash, restoring them within a day, and deleting for good."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.data.datasets import dataset, datasets
from app.jobs.enqueue import rivals
from app.jobs.queries import job
from app.plumbing.studio import home, store
from app.serve.deployments import deployment
from core.errors import ConflictError, InputError
from core.specs import JobKind
from core.specs.keeping import ThingKind
from core.specs.names import dataset_folder, later_versions
from storage import needs, trash
from storage.actors import Actor
from storage.artifacts import get_artifact, list_artifacts
from storage.discarding import is_own_folder
from storage.needs import Thing
from storage.rows import Job, Trash

TRASH_SECONDS = 24 * 3600
"""How long something deleted can be restored before its space is freed."""
KINDS = {
    JobKind.TRAIN: ThingKind.RUN,
    JobKind.EVALUATE: ThingKind.EVALUATION,
    JobKind.BENCHMARK: ThingKind.EVALUATION,
    JobKind.JUDGE: ThingKind.EVALUATION,
    JobKind.EXPORT: ThingKind.EXPORT,
}
"""What a job of each kind is shown as. Of a preparation, the dataset is deleted and the job stays."""


@dataclass(frozen=True)
class Deletion:
    """A preview of a deletion: the bytes freed, what was made from it and stays, and what needs it to start."""

    kind: ThingKind
    name: str
    frees_bytes: int
    stays: tuple[str, ...]
    breaks: tuple[str, ...]


def preview_deletion(actor: Actor, kind: ThingKind | str, reference: str) -> Deletion:
    """What deleting this would do. Raises NotFoundError, or ConflictError with a remedy if something needs it."""
    thing = _find(actor, ThingKind(kind), reference)
    needs.refuse_needed(store(), actor, thing)
    made, served = needs.users_of(store(), actor, thing)
    return Deletion(
        thing.kind,
        thing.name,
        thing.size_bytes,
        tuple(f"{KINDS[one.kind]} {one.name}" for one in made if one.kind in KINDS),
        tuple(one.name for one in served),
    )


def delete(actor: Actor, kind: ThingKind | str, reference: str) -> Trash:
    """Delete something; it can be restored for `TRASH_SECONDS`. Raises as `preview_deletion`, DiskFullError."""
    thing = _find(actor, ThingKind(kind), reference)
    sweep_trash()
    thrown = trash.throw_away(store(), actor, thing)
    _forget_downloads(thing)
    return thrown


def delete_for_good(actor: Actor, kind: ThingKind | str, reference: str) -> int:
    """Delete something and free its space at once, even on a full disk. Returns the bytes freed.

    Raises as `preview_deletion`.
    """
    thing = _find(actor, ThingKind(kind), reference)
    freed = trash.delete_at_once(store(), actor, thing)
    _forget_downloads(thing)
    return freed


def undo(actor: Actor, trash_id: str) -> Trash:
    """Restore something deleted. Raises NotFoundError, ConflictError if its place is taken or soon will be."""
    for entry in deleted(actor):
        if entry.id == trash_id:
            _refuse_name_taken(actor, entry)
    return trash.bring_back(store(), actor, trash_id)


def deleted(actor: Actor) -> list[Trash]:
    """What can be restored, newest first."""
    return trash.list_trash(store(), actor)


def empty_trash(actor: Actor, only: Iterable[str] | None = None) -> int:
    """Empty the trash, or free only these entries. Returns the bytes freed."""
    return _free(actor, [entry for entry in trash.list_trash(store(), actor) if only is None or entry.id in only])


def sweep_trash() -> None:
    """Free the space of what was deleted more than `TRASH_SECONDS` ago."""
    trash.free_old(store(), TRASH_SECONDS)


def tidy_trash() -> None:
    """Run at startup: finish deletions that a kill interrupted, then sweep."""
    trash.finish_interrupted(store())
    sweep_trash()


def forget_downloads() -> None:
    """Remove the files prepared for download; they are made again on demand."""
    shutil.rmtree(home() / "downloads", ignore_errors=True)


def _refuse_name_taken(actor: Actor, entry: Trash) -> None:
    """Raise ConflictError if a dataset of the same name is being made or was made since: restoring would take its
    place, or mix versions of two datasets."""
    places = [home() / original for original in entry.places]
    for maker in rivals(JobKind.PREPARE):
        if _shares_name(dataset_folder(maker), places):
            raise ConflictError(
                f"Another {entry.name} is being made.", "Cancel it, or delete it once it exists; then undo this."
            )
    for one in datasets(actor):
        newer = one["version"] == 1 and one["created_at"] > entry.deleted_at
        if newer and _shares_name(Path(one["path"]), places):
            raise ConflictError(f"{one['name']} exists again.", "Delete it first, then restore this one.")


def _shares_name(first: Path, places: list[Path]) -> bool:
    """Whether one of these folders is that of a dataset's first version, or could be that of a later one."""
    return any(
        place.parent == first.parent and (place == first or place.match(later_versions(first.name))) for place in places
    )


def _free(actor: Actor, entries: list[Trash]) -> int:
    return sum(trash.free(store(), actor, entry.id) for entry in entries)


def _forget_downloads(thing: Thing) -> None:
    for row in thing.rows:
        shutil.rmtree(home() / "downloads" / row.id, ignore_errors=True)


def _find(actor: Actor, kind: ThingKind, reference: str) -> Thing:
    if kind == ThingKind.DATASET:
        found = dataset(actor, reference)
        return Thing(kind, found["name"], (get_artifact(store(), actor, found["id"]),), (Path(found["path"]),))
    if kind == ThingKind.MODEL:
        artifact = get_artifact(store(), actor, reference)
        return Thing(kind, artifact.name, (artifact,), (Path(artifact.path),))
    if kind == ThingKind.DEPLOYMENT:
        row = deployment(actor, reference)
        return Thing(kind, row.name, (row,), (Path(row.secret_path), Path(row.log_path)))
    return _job_thing(actor, kind, job(actor, reference))


def _job_thing(actor: Actor, kind: ThingKind, made_by: Job) -> Thing:
    """A job with its output: its whole folder if nothing else can be in it, else only its artifacts."""
    if KINDS.get(made_by.kind) != kind:
        raise InputError(f"There is no {kind} called {made_by.name}.", "Delete it on its own page.")
    made = list_artifacts(store(), actor, job_id=made_by.id)
    folder = Path(made_by.output_dir)
    paths = [folder] if is_own_folder(store(), made_by) else [Path(artifact.path) for artifact in made]
    return Thing(kind, made_by.name, (made_by, *made), (*paths, Path(made_by.log_path)), (folder,))
