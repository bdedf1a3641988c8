"""Cancelling, pausing and resuming jobs."""

from app.plumbing.studio import store
from core.specs import StopRequest
from storage import jobs as rows
from storage.actors import Actor
from storage.rows import Job


def cancel_job(actor: Actor, job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop. Raises ConflictError if it has ended."""
    return rows.request_stop(store(), actor, job_id, StopRequest.CANCEL)


def pause_job(actor: Actor, job_id: str) -> Job:
    """Put a queued job on hold, or ask a running one to stop at a checkpoint, until it is resumed."""
    return rows.request_stop(store(), actor, job_id, StopRequest.PAUSE)


def resume_job(actor: Actor, job_id: str) -> Job:
    """Release a job that is on hold. Raises ConflictError if it is not."""
    return rows.release(store(), actor, job_id)
