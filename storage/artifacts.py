"""What jobs have made: where it is, how large, and the checksum that proves it complete."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InputError, NotFoundError
from core.specs import ArtifactKind
from storage.actors import Actor
from storage.database import Store
from storage.rows import Artifact, Job

_OF_A_RUN = ("merged_model", "final")
"""What a run's folder holds; specs name the folder."""


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
    """Register what `job` made, replacing what an earlier attempt registered at the same path.

    Raises InputError for a path outside the workspace and the job's output folder.
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
    """The job's id and a number; ids reveal nothing else and contain no path."""
    taken = session.scalars(select(Artifact.id).where(Artifact.job_id == job.id)).all()
    return f"{job.id}-{len(taken) + 1}"


def _stored_path(home: Path, output_dir: str, path: str) -> str:
    real = Path(path).resolve()
    if real.is_relative_to(home) or real.is_relative_to(Path(output_dir).resolve()):
        return _relative(home, real)
    raise InputError(f"{path} lies outside the workspace and the job's output folder.", "Choose a path inside them.")


def list_artifacts(
    store: Store, actor: Actor, kind: ArtifactKind | None = None, job_id: str | None = None, limit: int = 1000
) -> list[Artifact]:
    """The newest first, each with its absolute `.path` (which may have been deleted since)."""
    query = select(Artifact).where(Artifact.owner_id == actor.owner_id, Artifact.trash_id.is_(None))
    query = query.order_by(Artifact.created_at.desc(), Artifact.id.desc()).limit(limit)
    if kind:
        query = query.where(Artifact.kind == kind)
    if job_id:
        query = query.where(Artifact.job_id == job_id)
    with store.read() as session:
        return [_located(store, artifact) for artifact in session.scalars(query)]


def get_artifact(store: Store, actor: Actor, artifact_id: str) -> Artifact:
    """The artifact with its absolute `.path`. Raises NotFoundError; InputError when a link now leads elsewhere."""
    with store.read() as session:
        artifact = session.get(Artifact, artifact_id)
        if artifact is None or artifact.owner_id != actor.owner_id or artifact.trash_id:
            raise NotFoundError(f"There is no artifact {artifact_id}.", "See the lists of datasets and models.")
        output_dir = session.get(Job, artifact.job_id).output_dir
    located = _located(store, artifact)
    _stored_path(store.settings.home, output_dir, located.path)
    return located


def artifact_ids(store: Store, actor: Actor, paths: Iterable[str]) -> dict[str, str]:
    """Path → id, for each path that is an artifact or, of a run's folder, the model in it."""
    home = store.settings.home
    places = {path: [_relative(home, Path(path) / part) for part in ("", *_OF_A_RUN)] for path in paths}
    stored = {place for some in places.values() for place in some}
    mine = (Artifact.owner_id == actor.owner_id, Artifact.trash_id.is_(None), Artifact.stored_path.in_(stored))
    query = select(Artifact.stored_path, Artifact.id).where(*mine).order_by(Artifact.created_at, Artifact.id)
    with store.read() as session:
        known = dict(map(tuple, session.execute(query)))
    found = {path: next((known[place] for place in some if place in known), None) for path, some in places.items()}
    return {path: artifact_id for path, artifact_id in found.items() if artifact_id}


def places_now(store: Store, actor: Actor, ids: dict[str, str]) -> dict[str, str]:
    """Path → where its artifact is on this machine, for those of `ids` (from `artifact_ids`) that are here."""
    mine = (Artifact.owner_id == actor.owner_id, Artifact.trash_id.is_(None), Artifact.id.in_(ids.values()))
    with store.read() as session:
        found = {artifact.id: _located(store, artifact) for artifact in session.scalars(select(Artifact).where(*mine))}
    places = {}
    for path, artifact_id in ids.items():
        if artifact_id in found and Path(found[artifact_id].path).exists():
            place = Path(found[artifact_id].path)
            is_part = place.name in _OF_A_RUN and place.parent.name == Path(path).name
            places[path] = str(place.parent if is_part else place)
    return places


def _relative(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def _located(store: Store, artifact: Artifact) -> Artifact:
    artifact.path = str(store.settings.home / artifact.stored_path)
    return artifact
