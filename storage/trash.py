"""The trash: deleting things, restoring them, freeing their space.

The intent is recorded first, then files are renamed, then the outcome is recorded: after a kill in between, the row
says what is left to do and `finish_interrupted` does it.
"""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.artifacts import sync_folder
from core.errors import ConflictError, DiskFullError, NotFoundError
from core.specs.keeping import TrashState
from storage.actors import Actor
from storage.database import Store
from storage.needs import Thing, chats_with, refuse_needed, refuse_needed_in
from storage.rows import Artifact, Deployment, Event, Job, Metric, Rating, Remark, Trash, Vote, from_now
from storage.serving import stop_wanting

_TABLES = (Artifact, Deployment, Job)


def throw_away(store: Store, actor: Actor, thing: Thing) -> Trash:
    """Put `thing` into the trash: no list shows it, and it can be restored.

    Raises NotFoundError when it has been deleted already, ConflictError as `refuse_needed`, DiskFullError.
    """
    entry = Trash(
        id=secrets.token_hex(6), owner_id=actor.owner_id, kind=thing.kind, name=thing.name, state=TrashState.LEAVING
    )
    there = [path for path in thing.paths if path.exists()]
    entry.places = {
        _stored(store, path): _stored(store, _aside(store, path, entry.id, n)) for n, path in enumerate(there)
    }
    entry.size_bytes = thing.size_bytes
    with store.write() as session:
        refuse_needed_in(session, actor, thing)
        marked = [_mark(session, actor, row, entry.id) for row in thing.rows]
        if not (any(marked) if thing.rows else there):
            raise NotFoundError(f"{thing.name} is already deleted.", "Restore it under Settings.")
        session.add(entry)
    for chat in chats_with(store, thing):
        stop_wanting(store, chat.id)
    return _leave(store, entry)


def bring_back(store: Store, actor: Actor, trash_id: str) -> Trash:
    """Restore something to its place and its lists. Raises NotFoundError, ConflictError when the place is taken or
    gone."""
    with store.write() as session:
        entry = _entry(session, actor, trash_id)
        for original, aside in _places(store, entry):
            if original.exists() and aside.exists():
                raise ConflictError(f"{original.name} exists again.", "Delete that first, then restore this one.")
            if not original.parent.exists():
                raise ConflictError(f"The folder of {entry.name} was deleted too.", "Bring that back first.")
        entry.state = TrashState.RETURNING
    return _return(store, entry)


def free(store: Store, actor: Actor, trash_id: str) -> int:
    """Remove something in the trash for good. Returns the bytes freed. Raises NotFoundError."""
    with store.write() as session:
        entry = _entry(session, actor, trash_id)
        entry.state = TrashState.FREEING
        jobs = select(Job.id).where(Job.trash_id == trash_id)
        parts = select(Artifact.trash_id).where(Artifact.job_id.in_(jobs), Artifact.trash_id != trash_id).distinct()
        parts = list(session.scalars(parts))
    return sum(free(store, actor, part) for part in parts) + _free(store, entry)


def delete_at_once(store: Store, actor: Actor, thing: Thing) -> int:
    """Remove `thing` for good. Returns the bytes freed. Raises as `throw_away`.

    On a disk too full even to record that, the files go first and make the room for it.
    """
    try:
        return free(store, actor, throw_away(store, actor, thing).id)
    except DiskFullError:
        refuse_needed(store, actor, thing)
        freed = thing.size_bytes
        for number, path in enumerate(thing.paths):
            aside = _aside(store, path, secrets.token_hex(6), number)
            _rename(path, aside)
            _remove(aside)
        return freed + free(store, actor, throw_away(store, actor, thing).id)


def list_trash(store: Store, actor: Actor) -> list[Trash]:
    """What can be restored, most recently deleted first."""
    query = select(Trash).where(Trash.owner_id == actor.owner_id, Trash.state == TrashState.KEPT)
    with store.read() as session:
        return list(session.scalars(query.order_by(Trash.deleted_at.desc(), Trash.id)))


def places_in_trash(store: Store) -> list[str]:
    """Where everything that can be restored was, whoever owns it, as `Trash.places` has it: these names are taken."""
    with store.read() as session:
        kept = session.scalars(select(Trash.places).where(Trash.state == TrashState.KEPT))
        return [place for places in kept for place in places]


def free_old(store: Store, older_than_seconds: float) -> None:
    """Free what any owner deleted `older_than_seconds` ago or earlier."""
    old = select(Trash).where(Trash.state == TrashState.KEPT, Trash.deleted_at <= from_now(-older_than_seconds))
    with store.read() as session:
        entries = list(session.scalars(old.order_by(Trash.deleted_at.desc(), Trash.id)))
    for entry in entries:
        with suppress(NotFoundError):  # restored, or freed with the job it is a part of
            free(store, Actor(entry.owner_id), entry.id)


def finish_interrupted(store: Store) -> None:
    """Finish what a kill has interrupted, so that everything is where its row says."""
    steps = {TrashState.LEAVING: _leave, TrashState.RETURNING: _return, TrashState.FREEING: _free}
    lying = list(_folder(store).glob("*"))  # before the rows are read: whoever deletes now has written one already
    with store.read() as session:
        entries = list(session.scalars(select(Trash)))
    known = {place for entry in entries for place in entry.places.values()}
    for entry in entries:
        if entry.state in steps:
            steps[entry.state](store, entry)
    for aside in lying:
        if _stored(store, aside) not in known:  # removed to make room on a full disk
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
        for table in (Event, Metric, Vote, Rating, Remark, Artifact):
            session.execute(delete(table).where(table.job_id.in_(jobs)))
        for table in _TABLES:
            session.execute(delete(table).where(table.trash_id == entry.id))
        session.execute(delete(Trash).where(Trash.id == entry.id))
    return entry.size_bytes


def _entry(session: Session, actor: Actor, trash_id: str) -> Trash:
    entry = session.get(Trash, trash_id)
    if entry is None or entry.owner_id != actor.owner_id:
        raise NotFoundError("It is no longer in the trash.", "It was deleted for good, or restored already.")
    return entry


def _mark(session: Session, actor: Actor, row: Job | Artifact | Deployment, trash_id: str) -> int:
    table = type(row)
    mine = (table.id == row.id, table.owner_id == actor.owner_id, table.trash_id.is_(None))
    marked = update(table).where(*mine).values(trash_id=trash_id)
    return session.execute(marked, execution_options={"synchronize_session": False}).rowcount


def _folder(store: Store) -> Path:
    return store.settings.home / "trash"


def _aside(store: Store, path: Path, trash_id: str, number: int) -> Path:
    """Where a thing is kept meanwhile: in the workspace's trash, or beside its place on another file system, where a
    rename cannot reach the trash."""
    home = store.settings.home
    if path.is_relative_to(home) and path.parent.stat().st_dev == home.stat().st_dev:
        return _folder(store) / f"{trash_id}-{number}"
    return path.with_name(f".{path.name}.{trash_id}.deleted")


def _stored(store: Store, path: Path) -> str:
    """Relative to the workspace when inside it, so that the workspace can be moved."""
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
