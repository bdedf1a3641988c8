"""The metrics of a run: written in batches by the attempt that holds the job, thinned when read for drawing."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from storage.actors import Actor
from storage.database import Store
from storage.rows import Job, Metric
from storage.transitions import hold


class MetricPoint(NamedTuple):
    step: int
    name: str
    value: float


def rewind(store: Store, job_id: str, attempt: int, worker_id: str, step: int) -> None:
    """Training resumes after `step`: delete all later metrics, in one transaction. Raises LeaseLostError."""
    with store.write() as session:
        hold(session, job_id, attempt, worker_id)
        session.execute(delete(Metric).where(Metric.job_id == job_id, Metric.step > step))


def add_metrics(session: Session, job: Job, points: Iterable[MetricPoint]) -> None:
    """Write `points` for the job that `session` holds, replacing any of the same name and step."""
    rows = [
        {"job_id": job.id, "attempt": job.attempt, "name": p.name, "step": p.step, "value": _plain(p.value)}
        for p in map(MetricPoint._make, points)
    ]
    if rows:
        statement = insert(Metric)
        renewed = {"value": statement.excluded.value, "attempt": statement.excluded.attempt}
        keys = [Metric.job_id, Metric.name, Metric.step]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def series(
    store: Store,
    actor: Actor,
    job_id: str,
    names: Iterable[str] | None = None,
    after_step: int = -1,
    max_points: int = 2000,
) -> dict[str, list[tuple[int, float | None]]]:
    """For each name its (step, value) pairs beyond `after_step`, in order; all names of the job when None.

    A series of more than `max_points` is thinned to its two ends and the minimum and maximum of each of
    `max_points` / 2 - 1 equal stretches, so that no spike is lost. Another owner's job has no metrics.
    """
    mine = select(Job.id).where(Job.id == job_id, Job.owner_id == actor.owner_id)
    with store.read() as session:
        if session.scalar(mine) is None:
            return {name: [] for name in names or ()}
        if names is None:
            names = _names(session, job_id)
        return {name: _one_series(session, job_id, name, after_step, max_points) for name in names}


def whole_series(store: Store, job_id: str, names: Iterable[str]) -> dict[str, list[tuple[int, float]]]:
    """For each name all (step, value) pairs of a job, in order, for the attempt that continues it; no gaps."""
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    points = (
        select(Metric.name, Metric.step, Metric.value)
        .where(Metric.job_id == job_id, Metric.name.in_(list(found)), Metric.value.is_not(None))
        .order_by(Metric.name, Metric.step)
    )
    with store.read() as session:
        for name, step, value in session.execute(points):
            found[name].append((step, value))
    return found


def _names(session: Session, job_id: str) -> list[str]:
    """The names of a job's metrics, each found by one step in the primary key; `distinct` would read every row."""

    def next_after(*beyond: ColumnElement[bool]) -> str | None:
        return session.scalar(select(func.min(Metric.name)).where(Metric.job_id == job_id, *beyond))

    names, name = [], next_after()
    while name is not None:
        names.append(name)
        name = next_after(Metric.name > name)
    return names


def lowest(store: Store, actor: Actor, job_ids: Iterable[str], name: str) -> dict[str, tuple[int, float]]:
    """Of each of these jobs of the owner, the step and value of metric `name` where it was lowest, after step 0."""
    query = (
        select(Metric.job_id, Metric.step, func.min(Metric.value))  # SQLite takes the step from the row of the minimum
        .join(Job, Job.id == Metric.job_id)
        .where(Job.owner_id == actor.owner_id, Metric.job_id.in_(list(job_ids)), Metric.name == name, Metric.step > 0)
        .group_by(Metric.job_id)
    )
    with store.read() as session:
        return {job_id: (step, value) for job_id, step, value in session.execute(query) if value is not None}


def _one_series(session: Session, job_id: str, name: str, after_step: int, max_points: int) -> list:
    chosen = (Metric.job_id == job_id, Metric.name == name, Metric.step > after_step)
    count, first, last = session.execute(
        select(func.count(), func.min(Metric.step), func.max(Metric.step)).where(*chosen)
    ).one()
    if count <= max_points:
        points = select(Metric.step, Metric.value).where(*chosen)
    else:
        stretches = max(1, max_points // 2 - 1)
        stretch = (Metric.step - first) * stretches // (last - first + 1)
        # Beside a minimum or maximum SQLite returns the step of its row.
        low, high = (
            select(Metric.step, extreme(Metric.value)).where(*chosen).group_by(stretch)
            for extreme in (func.min, func.max)
        )
        points = low.union(high, select(Metric.step, Metric.value).where(*chosen, Metric.step.in_((first, last))))
    return sorted((step, value) for step, value in session.execute(points))
