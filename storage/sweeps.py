"""Sweeps: the plan of several runs that were asked for together. The runs are ordinary jobs that name their sweep."""

from sqlalchemy import func, select

from core.errors import NotFoundError
from storage.actors import Actor
from storage.database import Store
from storage.job_ids import next_id
from storage.rows import Job, Sweep


def add_sweep(store: Store, actor: Actor, name: str, plan: dict) -> Sweep:
    """Write down the plan of a sweep whose runs are then enqueued with its id."""
    with store.write() as session:
        sweep = Sweep(id=next_id(session, "sweep", Sweep), owner_id=actor.owner_id, name=name, plan=plan)
        session.add(sweep)
    return sweep


def remove_sweep(store: Store, actor: Actor, sweep_id: str) -> None:
    """Forget a sweep whose runs could not be enqueued. Raises NotFoundError."""
    with store.write() as session:
        session.delete(_mine(session.get(Sweep, sweep_id), actor, sweep_id))


def get_sweep(store: Store, actor: Actor, sweep_id: str) -> Sweep:
    """The sweep of this id. Raises NotFoundError."""
    with store.read() as session:
        return _mine(session.get(Sweep, sweep_id), actor, sweep_id)


def list_sweeps(store: Store, actor: Actor, limit: int = 100) -> list[tuple[Sweep, int]]:
    """The newest sweeps that still have runs, each with their number."""
    runs = func.count(Job.id)
    query = (
        select(Sweep, runs)
        .join(Job, Job.sweep_id == Sweep.id)
        .where(Sweep.owner_id == actor.owner_id, Job.trash_id.is_(None))
        .group_by(Sweep.id)
        .order_by(Sweep.created_at.desc(), Sweep.id.desc())
        .limit(limit)
    )
    with store.read() as session:
        return [tuple(row) for row in session.execute(query)]


def runs_of_sweep(store: Store, actor: Actor, sweep_id: str) -> list[Job]:
    """The runs of a sweep in the order in which they were asked for. Raises NotFoundError."""
    mine = (Job.sweep_id == sweep_id, Job.owner_id == actor.owner_id, Job.trash_id.is_(None))
    with store.read() as session:
        _mine(session.get(Sweep, sweep_id), actor, sweep_id)
        return list(session.scalars(select(Job).where(*mine).order_by(Job.created_at, Job.id)))


def _mine(sweep: Sweep | None, actor: Actor, sweep_id: str) -> Sweep:
    if sweep is None or sweep.owner_id != actor.owner_id:
        raise NotFoundError(f"There is no sweep {sweep_id}.", "List the sweeps to see their ids.")
    return sweep
