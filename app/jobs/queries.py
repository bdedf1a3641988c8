"""Looking jobs up: one, a list, how many, their events and metrics."""

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
    """The newest jobs first; `before` is the id of the last one of the page before."""
    return rows.list_jobs(store(), actor, kind=kind, state=state, limit=limit, before=before)


def standings(actor: Actor, kind: str | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold of the newest jobs first, for little: whether a list of them that was drawn is still true."""
    return rows.standings(store(), actor, kind=kind, limit=limit)


def job_count(actor: Actor, kind: JobKind) -> int:
    """How many jobs of a kind there are, whatever their state."""
    return sum(count for (counted, _), count in count_jobs(actor).items() if counted == kind)


def count_jobs(actor: Actor) -> dict[tuple[JobKind, JobState], int]:
    """How many jobs of each kind are in each state."""
    return rows.count_jobs(store(), actor)


def job_events(actor: Actor, job_id: str, after_id: int = 0) -> list[Event]:
    """What happened to a job, oldest first."""
    return rows.events_of(store(), actor, job_id, after_id=after_id)


def job_metrics(actor: Actor, job_id: str, after_step: int = -1, names: list[str] | None = None) -> dict[str, list]:
    """Metric name to its (step, value) points beyond `after_step`."""
    return metrics.series(store(), actor, job_id, names, after_step=after_step)
