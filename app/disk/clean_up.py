"""Finding and removing what is old and safe to remove, by kind and with the bytes it frees.

What exists only here goes into the trash for a day; what can be downloaded again is deleted at once.
"""

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.disk.trash import deleted
from app.jobs.queries import job, jobs
from app.models.catalogue import default_model, fetched_bytes
from app.plumbing.studio import home, store
from app.wording.names import job_title
from core.disk_space import size_bytes
from core.errors import NotFoundError, UnavailableError
from core.models.catalogue import CATALOGUE, CatalogueModel
from core.specs import FINAL_STATES, JobKind, JobState
from core.specs.keeping import ThingKind
from storage import trash
from storage.actors import Actor
from storage.jobs import states_of_jobs_naming
from storage.needs import Thing
from storage.serving import served_models

OLD_LOG_SECONDS = 30 * 24 * 3600
_MOST_RUNS = 1000


@dataclass(frozen=True)
class Removable:
    """Something removable; the `remove_…` functions take its `reference`."""

    reference: str
    name: str
    frees_bytes: int


def old_checkpoints(actor: Actor) -> list[Removable]:
    """The checkpoints of succeeded runs: nothing resumes from them, and the adapters are separate."""
    runs = jobs(actor, JobKind.TRAIN, JobState.SUCCEEDED, limit=_MOST_RUNS)
    found = [(run, _checkpoints(run.output_dir)) for run in runs]
    return [Removable(run.id, run.name, sum(map(size_bytes, folders))) for run, folders in found if folders]


def old_logs(actor: Actor) -> list[Removable]:
    """The logs of jobs that ended more than `OLD_LOG_SECONDS` ago."""
    written_before = time.time() - OLD_LOG_SECONDS
    logs = [path for path in (home() / "logs").glob("*.log") if path.stat().st_mtime < written_before]
    titled = [(path, _title_of_ended(actor, path.stem)) for path in logs]
    return [Removable(str(path), title, size_bytes(path)) for path, title in titled if title]


def unused_bases(actor: Actor) -> list[Removable]:
    """Downloaded base models that no job, deployment or setting names."""
    named = {default_model(actor), *served_models(store())}

    def is_used(model: CatalogueModel) -> bool:
        return any(name in named or states_of_jobs_naming(store(), name) for name in (model.reference, model.hub_id))

    fetched = [model for model in CATALOGUE if model.fetched_to and model.is_here and not is_used(model)]
    return [Removable(model.reference, model.name, fetched_bytes(model)) for model in fetched]


def in_trash(actor: Actor) -> list[Removable]:
    """What was deleted and can still be restored."""
    return [Removable(one.id, f"{one.kind} {one.name}", one.size_bytes) for one in deleted(actor)]


def prepared_downloads() -> list[Removable]:
    """The files prepared for download, as one entry."""
    kept = size_bytes(home() / "downloads")
    return [Removable("downloads", "Files prepared for download", kept)] if kept else []


def remove_checkpoints(actor: Actor, references: Iterable[str]) -> None:
    """Move the checkpoints of these runs into the trash. Raises ConflictError if something needs one."""
    for one in _still(old_checkpoints(actor), references):
        run = job(actor, one.reference)
        trash.throw_away(
            store(), actor, Thing(ThingKind.CHECKPOINTS, run.name, (), tuple(_checkpoints(run.output_dir)))
        )


def remove_logs(actor: Actor, references: Iterable[str]) -> None:
    """Move these logs into the trash, as one entry."""
    if logs := _still(old_logs(actor), references):
        paths = tuple(Path(one.reference) for one in logs)
        trash.throw_away(store(), actor, Thing(ThingKind.LOGS, f"{len(logs)} of ended jobs", (), paths))


def remove_bases(actor: Actor, references: Iterable[str]) -> None:
    """Delete these base models. Raises UnavailableError if the system does not allow it."""
    named = {model.reference: model for model in CATALOGUE}
    for one in _still(unused_bases(actor), references):
        folder = named[one.reference].fetched_to
        aside = folder.with_name(f".{folder.name}.deleted")
        try:
            folder.replace(aside)  # renamed first: half a model would look like a complete one
            shutil.rmtree(aside)
        except OSError as error:
            raise UnavailableError(
                f"{one.name} could not be removed: {error.strerror}.", f"Remove the folder {folder} by hand."
            ) from error


def _still(found: list[Removable], references: Iterable[str]) -> list[Removable]:
    """Of the things shown to the user, those that can still be removed."""
    wanted = set(references)
    return [one for one in found if one.reference in wanted]


def _checkpoints(folder: str) -> list[Path]:
    """A run's checkpoints, except those being served."""
    served = [Path(name) for name in served_models(store())]
    found = sorted(Path(folder).glob("checkpoint-*"))
    return [path for path in found if not any(name.is_relative_to(path) for name in served)]


def _title_of_ended(actor: Actor, job_id: str) -> str | None:
    """The title of the job with this id, if it exists and has ended; else None."""
    try:
        found = job(actor, job_id)
    except NotFoundError:
        return None
    return f"{found.kind} {job_title(found)}" if found.state in FINAL_STATES else None
