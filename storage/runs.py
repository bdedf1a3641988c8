"""Trainings as a table: filtered, sorted, a page at a time; their tags, notes and archive."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, String, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.specs import JobKind, JobState
from storage.actors import Actor
from storage.database import Store
from storage.rows import Job, from_now
from storage.transitions import log_event


class RunOrder(StrEnum):
    """How a table of runs is sorted."""

    NEWEST = "newest"
    NAME = "name"
    LOSS = "validation loss"


@dataclass(frozen=True)
class RunFilter:
    """Which runs to list; the default is all that are not archived."""

    text: str = ""
    """Found in the name, id, tags, notes, model or dataset, ignoring case."""
    states: tuple[JobState, ...] = ()
    tags: tuple[str, ...] = ()
    """All of them."""
    sweep_id: str | None = None
    archived: bool = False


ALL = RunFilter()


def list_runs(
    store: Store,
    actor: Actor,
    which: RunFilter = ALL,
    order: RunOrder = RunOrder.NEWEST,
    limit: int = 20,
    offset: int = 0,
) -> list[Job]:
    """A page of the runs that the filter lets through."""
    newest = (Job.created_at.desc(), Job.id.desc())
    best = _best_loss()
    first = {RunOrder.NEWEST: (), RunOrder.NAME: (func.lower(Job.name),), RunOrder.LOSS: (best.is_(None), best)}
    query = select(Job).where(*_conditions(actor, which)).order_by(*first[RunOrder(order)], *newest)
    with store.read() as session:
        return list(session.scalars(query.limit(limit).offset(offset)))


def count_runs(store: Store, actor: Actor, which: RunFilter = ALL) -> int:
    """How many runs the filter lets through."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Job).where(*_conditions(actor, which)))


def newest_names(store: Store, actor: Actor, limit: int = 100) -> dict[str, str]:
    """The names of the newest runs that are not archived, by id: cheap, for a view that asks every two seconds."""
    newest = select(Job.id, Job.name).where(*_conditions(actor, ALL)).order_by(Job.created_at.desc(), Job.id.desc())
    with store.read() as session:
        return dict(session.execute(newest.limit(limit)).all())


def tags_in_use(store: Store, actor: Actor) -> dict[str, int]:
    """Every tag with the number of runs that have it, archived ones too; the most used first."""
    tagged = select(Job.tags).where(*_mine(actor), _tags_as_text() != ",")
    with store.read() as session:
        counted = Counter(tag for tags in session.scalars(tagged) for tag in tags)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def annotate(
    store: Store,
    actor: Actor,
    run_ids: Iterable[str],
    add_tags: tuple[str, ...] = (),
    remove_tags: tuple[str, ...] = (),
    notes: str | None = None,
    archived: bool | None = None,
) -> list[Job]:
    """Change tags, notes or archive of runs, all or none; None changes nothing. Raises NotFoundError."""
    with store.write() as session:
        runs = [_run(session, actor, run_id) for run_id in run_ids]
        for run in runs:
            run.tags = tuple(dict.fromkeys(tag for tag in (*run.tags, *add_tags) if tag not in remove_tags))
            if notes is not None:
                run.notes = notes
            if archived is not None and archived != bool(run.archived_at):
                run.archived_at = from_now() if archived else None
                log_event(session, run, "archived" if archived else "taken out of the archive")
    return runs


def _run(session: Session, actor: Actor, run_id: str) -> Job:
    run = session.get(Job, run_id)
    if run is None or run.owner_id != actor.owner_id or run.kind != JobKind.TRAIN or run.trash_id:
        raise NotFoundError(f"There is no run {run_id}.", "List the runs to see their ids.")
    return run


def _mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Job.owner_id == actor.owner_id, Job.kind == JobKind.TRAIN, Job.trash_id.is_(None))


def _tags_as_text() -> ColumnElement[str]:
    return type_coerce(Job.tags, String)


def _best_loss() -> ColumnElement[float | None]:
    """The best validation loss. A run that learns from rewards has none: what it keeps there is their negative mean."""
    return case((Job.spec["method"].as_string() == "grpo", None), else_=Job.result["best_validation_loss"].as_float())


def _last_name(path: ColumnElement[str]) -> ColumnElement[str]:
    """What follows a path's last slash: folders above it are the same for all runs."""
    above = func.rtrim(path, func.replace(path, "/", ""))
    return func.replace(path, above, "")


def _conditions(actor: Actor, which: RunFilter) -> list[ColumnElement[bool]]:
    conditions = [*_mine(actor), Job.archived_at.is_not(None) if which.archived else Job.archived_at.is_(None)]
    if which.states:
        conditions.append(Job.state.in_(which.states))
    if which.sweep_id:
        conditions.append(Job.sweep_id == which.sweep_id)
    conditions += [_tags_as_text().contains(f",{tag},", autoescape=True) for tag in which.tags]
    if words := which.text.split():
        searched = (
            Job.name, Job.id, _tags_as_text(), Job.notes,
            _last_name(Job.spec["model"].as_string()), _last_name(Job.spec["dataset"].as_string()),
        )  # fmt: skip
        conditions += [or_(*(place.icontains(word, autoescape=True) for place in searched)) for word in words]
    return conditions
