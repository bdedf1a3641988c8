"""Queries about jobs: one, lists, counts, events, metrics."""

from collections.abc import Iterable

from app.plumbing.studio import store
from core.specs import JobKind, JobState
from storage import jobs as rows
from storage import metrics
from storage.actors import Actor
from storage.rows import Event, Job


def job(actor: Actor, job_id: str) -> Job:
    """The job of this id. Raises NotFoundError."""
    return rows.get_job(store(), actor, job_id)


def jobs(
    actor: Actor, kind: str | None = None, state: str | None = None, limit: int = 100, before: str | None = None
) -> list[Job]:
    """Jobs, newest first; `before` is the last id of the previous page."""
    return rows.list_jobs(store(), actor, kind=kind, state=state, limit=limit, before=before)


def find_job(actor: Actor, kind: JobKind, reference: str) -> Job | None:
    """The newest job of a kind with this id, name or output folder; None without one."""
    return rows.find_job(store(), actor, kind, reference)


def standings(actor: Actor, kind: str | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold reason of jobs, newest first: a cheap way to tell whether a drawn list is still current."""
    return rows.standings(store(), actor, kind=kind, limit=limit)


def job_count(actor: Actor, kind: JobKind) -> int:
    """The number of jobs of a kind, in any state."""
    return sum(count for (counted, _), count in count_jobs(actor).items() if counted == kind)


def count_jobs(actor: Actor) -> dict[tuple[JobKind, JobState], int]:
    """The number of jobs by kind and state."""
    return rows.count_jobs(store(), actor)


def job_events(actor: Actor, job_id: str, after_id: int = 0) -> list[Event]:
    """The events of a job, oldest first."""
    return rows.events_of(store(), actor, job_id, after_id=after_id)


def job_metrics(
    actor: Actor, job_id: str, after_step: int = -1, names: list[str] | None = None, max_points: int = 2000
) -> dict[str, list]:
    """The (step, value) points after `after_step`, by metric name; each thinned to `max_points`, spikes kept."""
    return metrics.series(store(), actor, job_id, names, after_step=after_step, max_points=max_points)


def lowest_metrics(actor: Actor, job_ids: Iterable[str], name: str) -> dict[str, tuple[int, float]]:
    """Of each job that has it, the step and value of a metric where it was lowest; step 0 does not count."""
    return metrics.lowest(store(), actor, job_ids, name)
