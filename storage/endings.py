"""How an attempt of a job ends: succeeded, failed, cancelled, paused, or interrupted by the death of its process."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import func, select

from core.specs import DeathCause, HoldReason, JobKind, JobState, StopRequest
from storage.artifacts import NewArtifact, add_artifact
from storage.database import Store
from storage.rows import NEXT_TURN, Event, Job, from_now
from storage.transitions import job_by_id, move

_ITS_OWN_FAULT = (DeathCause.OUT_OF_MEMORY, DeathCause.NATIVE_CRASH, DeathCause.ERROR)


def succeed(store: Store, job_id: str, attempt: int, result: dict, artifacts: Iterable[NewArtifact] = ()) -> Job:
    """running → succeeded, registering what the job made, in one transaction."""
    with store.write() as session:
        job = move(
            session, job_id, attempt, JobState.RUNNING, JobState.SUCCEEDED, "succeeded", values={"result": result}
        )
        for artifact in artifacts:
            add_artifact(session, store.settings.home, job, artifact)
    return job


def fail(
    store: Store,
    job_id: str,
    attempt: int,
    message: str,
    remedy: str = "",
    cause: DeathCause = DeathCause.ERROR,
) -> Job:
    """running → failed, with what happened and what to do about it."""
    with store.write() as session:
        return move(
            session, job_id, attempt, JobState.RUNNING, JobState.FAILED, f"failed: {message}",
            values={"error_message": message, "error_remedy": remedy, "death_cause": cause},
            details={"cause": cause, "remedy": remedy},
        )  # fmt: skip


def cancel_running(store: Store, job_id: str, attempt: int, message: str = "cancelled") -> Job:
    """running → cancelled."""
    with store.write() as session:
        return move(session, job_id, attempt, JobState.RUNNING, JobState.CANCELLED, message)


def pause_running(
    store: Store,
    job_id: str,
    attempt: int,
    reason: HoldReason,
    message: str | None = None,
    remedy: str | None = None,
    **details: object,
) -> Job:
    """running → queued, held for `reason` until released. A pause does not use up an attempt.

    `message` and `remedy` are the row's error while it is held; `details` go into the event.
    """
    with store.write() as session:
        return move(
            session, job_id, attempt, JobState.RUNNING, JobState.QUEUED, message or str(reason),
            values={
                "hold_reason": reason, "error_message": message, "error_remedy": remedy,
                "max_attempts": Job.max_attempts + 1,
            },
            details=details,
        )  # fmt: skip


def interrupt(
    store: Store,
    job_id: str,
    attempt: int,
    cause: DeathCause,
    message: str,
    remedy: str = "Look at the log.",
    only_if_expired: bool = False,
) -> Job:
    """The child died: running → queued while attempts are left, otherwise running → failed.

    A job that brought its own process down may do so again: it goes to the end of the queue and holds up nobody. A run
    that has trained has one attempt more than others, to record what it made.
    A stop request outlives the child: running → cancelled, or queued and held. With `only_if_expired` the lease must
    have expired by the database's clock, checked in the same transaction.
    """
    with store.write() as session:
        job = job_by_id(session, job_id)
        target, values, words = JobState.QUEUED, {"death_cause": cause}, f"interrupted: {message}"
        if job.stop_requested and job.stop_requested.gives_up:
            target, words = JobState.CANCELLED, f"cancelled; {message}"
        elif job.stop_requested == StopRequest.PAUSE:
            values |= {"hold_reason": HoldReason.PERSON, "max_attempts": Job.max_attempts + 1}
            words = f"{HoldReason.PERSON}; {message}"
        elif attempt >= job.max_attempts + _has_trained(job):
            target, words = JobState.FAILED, f"failed: {message}, in the last of {attempt} attempts"
            values |= {"error_message": message, "error_remedy": remedy}
        elif cause in _ITS_OWN_FAULT:
            values["turn"] = NEXT_TURN
        expired = (Job.lease_expires_at < from_now(),) if only_if_expired else ()
        return move(
            session, job_id, attempt, JobState.RUNNING, target, words,
            values=values, details={"cause": cause, "remedy": remedy}, only_if=expired,
        )  # fmt: skip


def _has_trained(job: Job) -> bool:
    """Whether a training has published its last step, so that nothing is left but merging and recording."""
    return job.kind == JobKind.TRAIN and Path(job.output_dir, "final").is_dir()


def count_deaths(store: Store, job_id: str, cause: DeathCause) -> int:
    """How many attempts of the job died of `cause`."""
    died = select(func.count()).where(Event.job_id == job_id, Event.details["cause"].as_string() == cause)
    with store.read() as session:
        return session.scalar(died) or 0
