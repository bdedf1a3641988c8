"""Pausing, resuming, finishing and cancelling jobs."""

from app.plumbing.studio import store
from core.specs import JobState, StopRequest
from storage import jobs as rows
from storage.actors import Actor
from storage.discarding import discard_output, remove_unwanted
from storage.rows import Job


def pause_job(actor: Actor, job_id: str) -> Job:
    """Put a queued job on hold, or ask a running one to stop at a checkpoint, until it is resumed."""
    return rows.request_stop(store(), actor, job_id, StopRequest.PAUSE)


def resume_job(actor: Actor, job_id: str) -> Job:
    """Release a job that is on hold. Raises ConflictError if it is not."""
    return rows.release(store(), actor, job_id)


def finish_job(actor: Actor, job_id: str) -> Job:
    """End a training at its next step and publish what it has learned: the best checkpoint, or the last.

    A paused job resumes just for that. Raises ConflictError for other kinds, or before anything was learned.
    """
    return rows.request_stop(store(), actor, job_id, StopRequest.FINISH)


def cancel_job(actor: Actor, job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop. Raises ConflictError if it has ended."""
    job = rows.request_stop(store(), actor, job_id, StopRequest.CANCEL)
    if job.state == JobState.CANCELLED:
        remove_unwanted(store(), job)
    return job


def discard_job(actor: Actor, job_id: str) -> Job:
    """Cancel a job and delete for good what it has saved. Raises ConflictError if it has ended."""
    job = rows.request_stop(store(), actor, job_id, StopRequest.DISCARD)
    if job.state == JobState.CANCELLED:
        discard_output(store(), job)
    return job
