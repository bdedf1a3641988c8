"""A job's states: the allowed transitions as data, the one guarded update that performs them, and who may write."""

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from core.errors import LeaseLostError, NotFoundError, TransitionRefusedError
from core.specs import FINAL_STATES, JobState, StopRequest
from storage.rows import Event, Job, from_now

TRANSITIONS: dict[tuple[JobState, JobState], str] = {
    (JobState.QUEUED, JobState.RUNNING): "claimed",
    (JobState.QUEUED, JobState.CANCELLED): "cancelled before it started",
    (JobState.RUNNING, JobState.QUEUED): "interrupted with attempts left, or paused",
    (JobState.RUNNING, JobState.SUCCEEDED): "its end",
    (JobState.RUNNING, JobState.FAILED): "its end",
    (JobState.RUNNING, JobState.CANCELLED): "its end",
}
"""Every allowed (from, to), and when. A job begins as queued; nothing leaves a final state."""

_OF_THE_RUNNING = (
    "worker_id", "lease_expires_at", "stop_requested", "stop_requested_at", "device",
    "process_id", "process_started", "boot_id",
)  # fmt: skip
"""Columns that only a running job fills; cleared when it leaves that state."""


def move(
    session: Session,
    job_id: str,
    attempt: int,
    source: JobState,
    target: JobState,
    message: str,
    values: dict | None = None,
    details: dict | None = None,
    only_if: tuple[ColumnElement[bool], ...] = (),
) -> Job:
    """Move the job from `source`, in `attempt`, to `target`; set `values`; log `message` in the same transaction.

    Raises TransitionRefusedError, changing nothing, when the transition is not allowed or the job is in another state
    or attempt, or `only_if` does not hold.
    """
    if (source, target) not in TRANSITIONS:
        raise TransitionRefusedError(f"A job that is {source} cannot become {target}.")
    values = {"state": target, **(values or {})}
    if source == JobState.RUNNING:
        values |= dict.fromkeys(_OF_THE_RUNNING)
    if (source, target) == (JobState.RUNNING, JobState.QUEUED):  # the next attempt is to finish what this one was to
        values["stop_requested"] = case((Job.stop_requested == StopRequest.FINISH, StopRequest.FINISH), else_=None)
    if target in FINAL_STATES:
        values["ended_at"] = from_now()
    job = session.scalars(
        update(Job)
        .where(Job.id == job_id, Job.state == source, Job.attempt == attempt, *only_if)
        .values(values)
        .returning(Job),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).one_or_none()
    if job is None:
        raise TransitionRefusedError(
            f"{job_id} is not {source} in attempt {attempt} (any more), so it cannot become {target}.",
            "Look at its state now.",
        )
    log_event(session, job, message, **(details or {}))
    return job


def log_event(session: Session, job: Job, message: str, **details: object) -> None:
    """Add an event to the job's log."""
    session.add(Event(job_id=job.id, attempt=job.attempt, message=message, details=details))


def job_by_id(session: Session, job_id: str) -> Job:
    """The job, whoever owns it, for supervisor and child. Raises NotFoundError."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.", "List the jobs to see their ids.")
    return job


def release_held(session: Session, job: Job, message: str) -> Job:
    """Let a held job be claimed again. Raises TransitionRefusedError when it is not held."""
    if job.state != JobState.QUEUED or job.hold_reason is None:
        raise TransitionRefusedError(f"{job.id} is {job.state} and not paused.", "Only a paused job can be resumed.")
    job.hold_reason = job.error_message = job.error_remedy = None
    log_event(session, job, message)
    return job


def hold(session: Session, job_id: str, attempt: int, worker_id: str) -> Job:
    """The job, if `attempt` of `worker_id` runs it, locked until `session` ends. Raises LeaseLostError otherwise."""
    job = session.scalar(select(Job).where(*held_by(job_id, attempt, worker_id)).with_for_update())
    if job is None:
        raise LeaseLostError(f"attempt {attempt} of {job_id} is no longer {worker_id}'s")
    return job


def held_by(job_id: str, attempt: int, worker_id: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which this attempt of this worker runs the job."""
    return (Job.id == job_id, Job.attempt == attempt, Job.worker_id == worker_id, Job.state == JobState.RUNNING)
