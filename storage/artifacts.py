"""What jobs have made: where it stands, how big it is, what proves it whole."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConflictError, DiskFullError, InputError, NotFoundError
from core.jobs import FINAL_STATES, ArtifactKind
from storage.database import Store
from storage.rows import Artifact, Job

_DELETED = ".deleted.partial"
_DISPENSABLE = {"compare_with", "not_compared_with"}
"""What a spec names and its job can do without: it tells what it did not find."""


@dataclass(frozen=True)
class NewArtifact:
    """Something just published. `path` is absolute; `sha256` is the file's, or the folder's manifest's."""

    kind: ArtifactKind
    name: str
    path: str
    size_bytes: int
    sha256: str | None = None
    facts: dict = field(default_factory=dict)


def add_artifact(session: Session, home: Path, job: Job, new: NewArtifact) -> Artifact:
    """Write down what `job` made; what an earlier attempt made in the same place is replaced.

    Raises InputError for a path that is neither in the workspace nor in the job's own output folder.
    """
    stored_path = _stored_path(home, job.output_dir, new.path)
    session.flush()
    known = select(Artifact).where(Artifact.job_id == job.id, Artifact.stored_path == stored_path)
    artifact = session.scalar(known) or Artifact(owner_id=job.owner_id, job_id=job.id, stored_path=stored_path)
    artifact.id = artifact.id or _next_id(session, job)
    artifact.attempt, artifact.kind, artifact.name = job.attempt, new.kind, new.name
    artifact.size_bytes, artifact.sha256, artifact.facts = new.size_bytes, new.sha256, new.facts
    session.add(artifact)
    return artifact


def _next_id(session: Session, job: Job) -> str:
    """The job's id and a number; ids give away nothing else and name no path."""
    taken = session.scalars(select(Artifact.id).where(Artifact.job_id == job.id)).all()
    return f"{job.id}-{len(taken) + 1}"


def _stored_path(home: Path, output_dir: str, path: str) -> str:
    real = Path(path).resolve()
    if real.is_relative_to(home):
        return real.relative_to(home).as_posix()
    if real.is_relative_to(Path(output_dir).resolve()):
        return str(real)
    raise InputError(f"{path} lies outside the workspace and the job's output folder.", "Choose a path inside them.")


def list_artifacts(
    store: Store, kind: ArtifactKind | None = None, job_id: str | None = None, limit: int = 1000
) -> list[Artifact]:
    """The newest first, each with its absolute `.path` (which may have been deleted since)."""
    query = select(Artifact).order_by(Artifact.created_at.desc(), Artifact.id.desc()).limit(limit)
    if kind:
        query = query.where(Artifact.kind == kind)
    if job_id:
        query = query.where(Artifact.job_id == job_id)
    with store.read() as session:
        return [_located(store, artifact) for artifact in session.scalars(query)]


def get_artifact(store: Store, artifact_id: str) -> Artifact:
    """The artifact with its absolute `.path`. Raises NotFoundError; InputError when a link now leads elsewhere."""
    with store.read() as session:
        artifact = session.get(Artifact, artifact_id)
        if artifact is None:
            raise NotFoundError(f"There is no artifact {artifact_id}.", "Look at the lists of datasets and models.")
        output_dir = session.get(Job, artifact.job_id).output_dir
    located = _located(store, artifact)
    _stored_path(store.settings.home, output_dir, located.path)
    return located


def _located(store: Store, artifact: Artifact) -> Artifact:
    artifact.path = str(store.settings.home / artifact.stored_path)
    return artifact


def delete_artifact(store: Store, artifact_id: str) -> None:
    """Remove what an artifact is, and its row. Raises NotFoundError, ConflictError while a job needs it.

    It is renamed away inside the transaction that removes the row, while no job can be asked for: after a kill it is
    either all there or no longer there. What is left of it then is swept away with `sweep_deleted`. On a disk so full
    that its row cannot be removed, it goes first and makes the room for that.
    """
    path = Path(get_artifact(store, artifact_id).path)
    aside = path.with_name(f".{path.name}.{artifact_id}{_DELETED}")
    try:
        _forget(store, artifact_id, path, aside)
    except DiskFullError:
        if not aside.exists():
            raise
        _remove(aside)
        _forget(store, artifact_id, path, aside)
    _remove(aside)


def _forget(store: Store, artifact_id: str, path: Path, aside: Path) -> None:
    with store.write() as session:
        artifact = session.get(Artifact, artifact_id)
        if artifact is None:
            raise NotFoundError(f"There is no artifact {artifact_id}.", "It has been deleted already.")
        unfinished = session.scalars(select(Job).where(Job.state.not_in(FINAL_STATES)))
        if users := [job.id for job in unfinished if _needs(job.spec, path)]:
            raise ConflictError(
                f"{artifact.name} is needed by {', '.join(users)}.", "Wait until that has ended, or cancel it first."
            )
        if path.exists():
            os.replace(path, aside)
        session.delete(artifact)


def sweep_deleted(folder: Path) -> None:
    """Remove what a kill left of things deleted from `folder`."""
    for aside in folder.glob(f".*{_DELETED}"):
        _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _needs(value: object, path: Path) -> bool:
    """Whether anything in a spec names the path, or something inside it."""
    if isinstance(value, dict):
        return any(_needs(item, path) for name, item in value.items() if name not in _DISPENSABLE)
    if isinstance(value, list):
        return any(_needs(item, path) for item in value)
    return isinstance(value, str) and value.startswith("/") and Path(os.path.realpath(value)).is_relative_to(path)
