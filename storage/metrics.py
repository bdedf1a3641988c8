"""The metrics of a run: written in batches by the attempt that holds the job, thinned when read for drawing."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select
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
            names = session.scalars(select(Metric.name).where(Metric.job_id == job_id).distinct()).all()
        return {name: _one_series(session, job_id, name, after_step, max_points) for name in names}


def _one_series(session: Session, job_id: str, name: str, after_step: int, max_points: int) -> list:
    chosen = (Metric.job_id == job_id, Metric.name == name, Metric.step > after_step)
    count, first, last = session.execute(
        select(func.count(), func.min(Metric.step), func.max(Metric.step)).where(*chosen)
    ).one()
    if count <= max_points:
        points = select(Metric.step, Metric.value).where(*chosen)
    else:
        stretches = max(1, max_points // 2 - 1)
        stretch = ((Metric.step - first) * stretches // (last - first + 1)).label("stretch")
        near = select(Metric.step, Metric.value, stretch).where(*chosen).subquery()
        ends = (
            select(near.c.stretch, func.min(near.c.value).label("low"), func.max(near.c.value).label("high"))
            .group_by(near.c.stretch)
            .subquery()
        )
        points = (
            select(func.min(near.c.step), near.c.value)
            .join(ends, ends.c.stretch == near.c.stretch)
            .where(or_(near.c.value == ends.c.low, near.c.value == ends.c.high))
            .group_by(near.c.stretch, near.c.value)
            .union(select(Metric.step, Metric.value).where(*chosen, Metric.step.in_((first, last))))
        )
    return sorted((step, value) for step, value in session.execute(points))
