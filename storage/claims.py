"""The queue as the supervisor sees it: what runs, what waits, and claiming the next job. Owners make no difference."""

from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.specs import JobKind, JobState
from storage.database import Store
from storage.rows import Job, from_now
from storage.transitions import job_by_id, log_event, move


def running_jobs(store: Store) -> list[Job]:
    """All running jobs, oldest first."""
    with store.read() as session:
        return list(session.scalars(select(Job).where(Job.state == JobState.RUNNING).order_by(Job.created_at, Job.id)))


def is_waiting(store: Store, kinds: Iterable[JobKind]) -> bool:
    """Whether a job of `kinds` could be claimed; takes no lock."""
    with store.read() as session:
        return session.scalar(_next_in_turn(kinds)) is not None


def devices_wanted(store: Store, kinds: Iterable[JobKind]) -> int:
    """How many GPUs the next job of `kinds` asks for."""
    with store.read() as session:
        job = session.scalar(_next_in_turn(kinds))
        return job.spec.get("devices", 1) if job else 1


def _next_in_turn(kinds: Iterable[JobKind]) -> Select[tuple[Job]]:
    return (
        select(Job)
        .where(Job.state == JobState.QUEUED, Job.kind.in_(list(kinds)), Job.hold_reason.is_(None))
        .order_by(Job.turn, Job.id)
        .limit(1)
    )


def _is_taken(session: Session, device: str) -> bool:
    running = session.scalars(select(Job.device).where(Job.state == JobState.RUNNING, Job.device.is_not(None)))
    return any(set(device.split(",")) & set(others.split(",")) for others in running)


def claim(
    store: Store,
    worker_id: str,
    kinds: Iterable[JobKind],
    lease_seconds: float | None = None,
    device: str | None = None,
) -> Job | None:
    """Start a new attempt of the first queued job of `kinds` that is not held. None when there is none.

    `device` is the GPU the job gets to itself, or several, separated by commas. Also None when another job has taken
    one of them meanwhile.
    """
    with store.write() as session:
        job = session.scalar(_next_in_turn(kinds))
        if job is None or (device and _is_taken(session, device)):
            return None
        return move(
            session, job.id, job.attempt, JobState.QUEUED, JobState.RUNNING,
            f"attempt {job.attempt + 1} begins",
            values={
                "attempt": job.attempt + 1,
                "worker_id": worker_id,
                "device": device,
                "lease_expires_at": from_now(lease_seconds or store.settings.lease_seconds),
                "started_at": job.started_at or from_now(),
                "error_message": None, "error_remedy": None, "death_cause": None,
            },
            details={"worker": worker_id, "device": device},
            only_if=(Job.hold_reason.is_(None),),
        )  # fmt: skip


def note(store: Store, job_id: str, message: str, **details: object) -> None:
    """Add an event to the job's log. Raises NotFoundError."""
    with store.write() as session:
        log_event(session, job_by_id(session, job_id), message, **details)
