"""Looking jobs up: one, a list, how many, their events and metrics."""

from app.plumbing.studio import store
from core.specs import JobKind, JobState
from storage import jobs as rows
from storage import metrics
from storage.rows import Event, Job


def job(job_id: str) -> Job:
    """The job of this id. Raises NotFoundError."""
    return rows.get_job(store(), job_id)


def jobs(kind: str | None = None, state: str | None = None, limit: int = 100, before: str | None = None) -> list[Job]:
    """The newest jobs first; `before` is the id of the last one of the page before."""
    return rows.list_jobs(store(), kind=kind, state=state, limit=limit, before=before)


def standings(kind: str | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold of the newest jobs first, for little: whether a list of them that was drawn is still true."""
    return rows.standings(store(), kind=kind, limit=limit)


def job_count(kind: JobKind) -> int:
    """How many jobs of a kind there are, whatever their state."""
    return sum(count for (counted, _), count in count_jobs().items() if counted == kind)


def count_jobs() -> dict[tuple[JobKind, JobState], int]:
    """How many jobs of each kind are in each state."""
    return rows.count_jobs(store())


def job_events(job_id: str, after_id: int = 0) -> list[Event]:
    """What happened to a job, oldest first."""
    return rows.events_of(store(), job_id, after_id=after_id)


def job_metrics(job_id: str, after_step: int = -1, names: list[str] | None = None) -> dict[str, list]:
    """Metric name to its (step, value) points beyond `after_step`."""
    return metrics.series(store(), job_id, names, after_step=after_step)
