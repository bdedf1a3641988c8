"""Throwing things away, bringing them back, freeing their space: one way for all that a person keeps.

What is meant to happen is written down first, then files are renamed, then it is written down as done: a kill between
leaves a row that says what is left to do, and `finish_interrupted` does it.
"""

import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.artifacts import sync_folder
from core.errors import ConflictError, DiskFullError, NotFoundError
from core.full_disk import size_bytes
from core.specs import FINAL_STATES
from core.specs.deployments import DeploymentState, DesiredState, Purpose
from core.specs.keeping import ThingKind, TrashState
from storage.database import Store
from storage.deployments import set_desired
from storage.rows import OWNER, Artifact, Deployment, Event, Job, Metric, Trash, from_now

_DISPENSABLE = {"compare_with", "not_compared_with"}
"""What a spec names and its job can do without: it tells what it did not find."""
_TABLES = (Artifact, Deployment, Job)


@dataclass(frozen=True)
class Thing:
    """Something to throw away: its rows, if it has any, and the files and folders (absolute) that go with it."""

    kind: ThingKind
    name: str
    rows: tuple[Job | Artifact | Deployment, ...]
    paths: tuple[Path, ...]
    names: tuple[Path, ...] = field(default=())
    """Other places by which jobs and deployments name it, such as the folder of a run."""

    @property
    def size_bytes(self) -> int:
        """The bytes that freeing it makes room for."""
        return sum(size_bytes(path) for path in self.paths)


def refuse_needed(store: Store, thing: Thing) -> None:
    """Raise ConflictError where a job or a deployment still needs `thing`, with what to do first."""
    with store.read() as session:
        _refuse_needed(session, thing)


def users_of(store: Store, thing: Thing) -> tuple[list[Job], list[Deployment]]:
    """What was made from `thing` and stays, and the stopped deployments that cannot be started without it."""
    own = {row.id for row in thing.rows}
    with store.read() as session:
        jobs = [job for job in _living(session, Job) if job.id not in own and _names(job.spec, thing)]
        served = [row for row in _living(session, Deployment) if row.id not in own and _serves(row, thing)]
    return jobs, [row for row in served if row.purpose == Purpose.SERVE]


def throw_away(store: Store, thing: Thing) -> Trash:
    """Put `thing` into the trash: it is in no list any more, and can be brought back.

    Raises NotFoundError when it has been deleted already, ConflictError as `refuse_needed`, DiskFullError.
    """
    entry = Trash(id=secrets.token_hex(6), owner_id=OWNER, kind=thing.kind, name=thing.name, state=TrashState.LEAVING)
    there = [path for path in thing.paths if path.exists()]
    entry.places = {
        _stored(store, path): _stored(store, _aside(store, path, entry.id, n)) for n, path in enumerate(there)
    }
    entry.size_bytes = thing.size_bytes
    with store.write() as session:
        _refuse_needed(session, thing)
        marked = [_mark(session, row, entry.id) for row in thing.rows]
        if not (any(marked) if thing.rows else there):
            raise NotFoundError(f"{thing.name} has been deleted already.", "Bring it back under Settings.")
        session.add(entry)
    for chat in _chats_with(store, thing):
        set_desired(store, chat.id, DesiredState.STOPPED)
    return _leave(store, entry)


def bring_back(store: Store, trash_id: str) -> Trash:
    """Put something back where it was, into the lists too. Raises NotFoundError, ConflictError where its place is taken
    or gone."""
    with store.write() as session:
        entry = _entry(session, trash_id)
        for original, aside in _places(store, entry):
            if original.exists() and aside.exists():
                raise ConflictError(f"{original.name} is there again.", "Delete that first, then bring this one back.")
            if not original.parent.exists():
                raise ConflictError(f"The folder of {entry.name} was deleted too.", "Bring that back first.")
        entry.state = TrashState.RETURNING
    return _return(store, entry)


def free(store: Store, trash_id: str) -> int:
    """Remove something in the trash for good. Returns the bytes freed. Raises NotFoundError."""
    with store.write() as session:
        entry = _entry(session, trash_id)
        entry.state = TrashState.FREEING
        jobs = select(Job.id).where(Job.trash_id == trash_id)
        parts = select(Artifact.trash_id).where(Artifact.job_id.in_(jobs), Artifact.trash_id != trash_id).distinct()
        parts = list(session.scalars(parts))
    return sum(free(store, part) for part in parts) + _free(store, entry)


def delete_at_once(store: Store, thing: Thing) -> int:
    """Remove `thing` for good. Returns the bytes freed. Raises as `throw_away`.

    On a disk so full that not even this can be written down, its files go first and make the room for that.
    """
    try:
        return free(store, throw_away(store, thing).id)
    except DiskFullError:
        refuse_needed(store, thing)
        freed = thing.size_bytes
        for number, path in enumerate(thing.paths):
            aside = _aside(store, path, secrets.token_hex(6), number)
            _rename(path, aside)
            _remove(aside)
        return freed + free(store, throw_away(store, thing).id)


def list_trash(store: Store, older_than_seconds: float = 0) -> list[Trash]:
    """What can be brought back, the newest first; only what was deleted `older_than_seconds` ago or earlier."""
    query = select(Trash).where(Trash.state == TrashState.KEPT, Trash.deleted_at <= from_now(-older_than_seconds))
    with store.read() as session:
        return list(session.scalars(query.order_by(Trash.deleted_at.desc(), Trash.id)))


def finish_interrupted(store: Store) -> None:
    """Do what a kill has left undone: everything is then where its row says."""
    steps = {TrashState.LEAVING: _leave, TrashState.RETURNING: _return, TrashState.FREEING: _free}
    lying = list(_folder(store).glob("*"))  # before the rows are read: whoever throws away now has written one already
    with store.read() as session:
        entries = list(session.scalars(select(Trash)))
    known = {place for entry in entries for place in entry.places.values()}
    for entry in entries:
        if entry.state in steps:
            steps[entry.state](store, entry)
    for aside in lying:
        if _stored(store, aside) not in known:  # went to make room on a full disk
            _remove(aside)


def _leave(store: Store, entry: Trash) -> Trash:
    for original, aside in _places(store, entry):
        _rename(original, aside)
    with store.write() as session:
        session.execute(update(Trash).where(Trash.id == entry.id).values(state=TrashState.KEPT))
    return entry


def _return(store: Store, entry: Trash) -> Trash:
    for original, aside in _places(store, entry):
        _rename(aside, original)
    with store.write() as session:
        for table in _TABLES:
            session.execute(update(table).where(table.trash_id == entry.id).values(trash_id=None))
        session.execute(delete(Trash).where(Trash.id == entry.id))
    return entry


def _free(store: Store, entry: Trash) -> int:
    for _, aside in _places(store, entry):
        _remove(aside)
    with store.write() as session:
        jobs = select(Job.id).where(Job.trash_id == entry.id)
        for table in (Event, Metric, Artifact):
            session.execute(delete(table).where(table.job_id.in_(jobs)))
        for table in _TABLES:
            session.execute(delete(table).where(table.trash_id == entry.id))
        session.execute(delete(Trash).where(Trash.id == entry.id))
    return entry.size_bytes


def _entry(session: Session, trash_id: str) -> Trash:
    entry = session.get(Trash, trash_id)
    if entry is None:
        raise NotFoundError("It is no longer in the trash.", "Its space was freed, or it was brought back already.")
    return entry


def _mark(session: Session, row: Job | Artifact | Deployment, trash_id: str) -> int:
    table = type(row)
    marked = update(table).where(table.id == row.id, table.trash_id.is_(None)).values(trash_id=trash_id)
    return session.execute(marked, execution_options={"synchronize_session": False}).rowcount


def _refuse_needed(session: Session, thing: Thing) -> None:
    own = {row.id for row in thing.rows}
    unfinished = [job for job in _living(session, Job) if job.state not in FINAL_STATES]
    if any(job.id in own for job in unfinished):
        raise ConflictError(f"{thing.name} has not ended yet.", "Stop it first, then delete it.")
    if users := [f"{job.name} ({job.id})" for job in unfinished if _names(job.spec, thing)]:
        raise ConflictError(
            f"{thing.name} is needed by {', '.join(users)}.", "Wait until that has ended, or cancel it first."
        )
    served = [row for row in _living(session, Deployment) if row.purpose == Purpose.SERVE and _is_up(row)]
    if mine := next((row for row in served if row.id in own), None):
        stopping = mine.desired_state == DesiredState.STOPPED
        raise ConflictError(
            f"{thing.name} is still {'stopping' if stopping else 'served'}.",
            "It can be deleted in a moment." if stopping else "Stop it first, then delete it.",
        )
    if users := [row.name for row in served if _serves(row, thing)]:
        raise ConflictError(
            f"{thing.name} is being served as {', '.join(users)}.", "Stop that on the Serve page first."
        )


def _chats_with(store: Store, thing: Thing) -> list[Deployment]:
    """The studio's own model servers that hold it: they end by themselves, and may as well now."""
    with store.read() as session:
        served = [row for row in _living(session, Deployment) if row.purpose == Purpose.CHAT and _is_up(row)]
    return [row for row in served if _serves(row, thing)]


def _living(session: Session, table: type[Job] | type[Deployment]) -> Iterable:
    return session.scalars(select(table).where(table.trash_id.is_(None)).order_by(table.created_at.desc(), table.id))


def _is_up(deployment: Deployment) -> bool:
    ended = deployment.state in (DeploymentState.STOPPED, DeploymentState.FAILED)
    return deployment.desired_state == DesiredState.RUNNING or not ended


def _serves(deployment: Deployment, thing: Thing) -> bool:
    return _names([deployment.model, deployment.base_model, deployment.reranker], thing)


def _names(value: object, thing: Thing) -> bool:
    """Whether anything in a spec names the thing, or something inside it."""
    if isinstance(value, dict):
        return any(_names(item, thing) for name, item in value.items() if name not in _DISPENSABLE)
    if isinstance(value, list):
        return any(_names(item, thing) for item in value)
    if not isinstance(value, str) or not value.startswith("/"):
        return False
    place = Path(os.path.realpath(value))
    return place in thing.names or any(place.is_relative_to(os.path.realpath(path)) for path in thing.paths)


def _folder(store: Store) -> Path:
    return store.settings.home / "trash"


def _aside(store: Store, path: Path, trash_id: str, number: int) -> Path:
    """Where something lies meanwhile: in the workspace's trash, or beside its place where a rename leads no further."""
    home = store.settings.home
    if path.is_relative_to(home) and path.parent.stat().st_dev == home.stat().st_dev:
        return _folder(store) / f"{trash_id}-{number}"
    return path.with_name(f".{path.name}.{trash_id}.deleted")


def _stored(store: Store, path: Path) -> str:
    """Relative to the workspace when inside it, so that a workspace can be moved."""
    home = store.settings.home
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def _places(store: Store, entry: Trash) -> list[tuple[Path, Path]]:
    home = store.settings.home
    return [(home / original, home / aside) for original, aside in entry.places.items()]


def _rename(source: Path, target: Path) -> None:
    """Rename, unless that was done before a kill."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        os.replace(source, target)
        sync_folder(source.parent)
        sync_folder(target.parent)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
