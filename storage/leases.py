"""Leases of running jobs: only the attempt and worker that the row names may write; anyone else changes nothing."""

from dataclasses import dataclass, field

from sqlalchemy import case, select, update

from core.errors import LeaseLostError
from core.specs import JobState, StopRequest
from storage.database import Store
from storage.metrics import MetricPoint, add_metrics
from storage.processes import ProcessIdentity
from storage.rows import Job, from_now
from storage.transitions import held_by, hold, log_event


@dataclass
class Report:
    """What a child has collected since its last report."""

    metrics: list[MetricPoint] = field(default_factory=list)
    events: list[tuple[str, dict]] = field(default_factory=list)
    progress: tuple[float, float, str] | None = None
    """Done, total, stage."""


def attach(store: Store, job_id: str, attempt: int, worker_id: str, process: ProcessIdentity) -> Job:
    """The child's first report: this is the process that runs the attempt. Raises LeaseLostError."""
    with store.write() as session:
        job = hold(session, job_id, attempt, worker_id)
        job.process_id, job.process_started, job.boot_id = (
            process.process_id, process.process_started, process.boot_id
        )  # fmt: skip
        job.lease_expires_at = from_now(store.settings.lease_seconds)
    return job


def renew(store: Store, job_id: str, attempt: int, worker_id: str, report: Report | None = None) -> StopRequest | None:
    """Renew the lease and write `report`, in one transaction. Returns the stop request, if any.

    Raises LeaseLostError, and writes nothing, when the attempt is no longer this worker's.
    """
    report = report or Report()
    with store.write() as session:
        job = hold(session, job_id, attempt, worker_id)
        job.lease_expires_at = from_now(store.settings.lease_seconds)
        if report.progress:
            job.progress_done, job.progress_total, job.stage = report.progress
        add_metrics(session, job, report.metrics)
        for message, details in report.events:
            log_event(session, job, message, **details)
        return job.stop_requested


def stop_request(store: Store, job_id: str, attempt: int, worker_id: str) -> StopRequest | None:
    """The stop request, read without a lock. Raises LeaseLostError when the attempt is no longer this worker's."""
    with store.read() as session:
        found = session.execute(select(Job.stop_requested).where(*held_by(job_id, attempt, worker_id))).first()
    if found is None:
        raise LeaseLostError(f"attempt {attempt} of {job_id} is no longer {worker_id}'s")
    return found.stop_requested


def expired(store: Store) -> list[Job]:
    """The running jobs whose lease has expired by the database's clock."""
    query = select(Job).where(Job.state == JobState.RUNNING, Job.lease_expires_at < from_now())
    with store.read() as session:
        return list(session.scalars(query))


def begin_anew(store: Store) -> None:
    """The clock was set: no lease lasts longer from now than one granted now, and every request to stop is made now.

    Otherwise a clock set back would let a child that hangs keep its job for as long, and one set forward would leave no
    time to stop.
    """
    latest = from_now(store.settings.lease_seconds)
    with store.write() as session:
        session.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING)
            .values(
                lease_expires_at=case((Job.lease_expires_at > latest, latest), else_=Job.lease_expires_at),
                stop_requested_at=case((Job.stop_requested_at.is_not(None), from_now())),
            ),
            execution_options={"synchronize_session": False},
        )


def overdue(store: Store, grace_seconds: float) -> list[Job]:
    """The running jobs that were asked to stop more than `grace_seconds` ago."""
    query = select(Job).where(Job.state == JobState.RUNNING, Job.stop_requested_at < from_now(-grace_seconds))
    with store.read() as session:
        return list(session.scalars(query))
