"""Steering a job: cancel, pause or resume it."""

from app.plumbing.studio import store
from core.specs import StopRequest
from storage import jobs as rows
from storage.actors import Actor
from storage.rows import Job


def cancel_job(actor: Actor, job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop. Raises ConflictError when it has ended."""
    return rows.request_stop(store(), actor, job_id, StopRequest.CANCEL)


def pause_job(actor: Actor, job_id: str) -> Job:
    """Hold a queued job, or ask a running one back into the queue after a checkpoint, until it is resumed."""
    return rows.request_stop(store(), actor, job_id, StopRequest.PAUSE)


def resume_job(actor: Actor, job_id: str) -> Job:
    """Let a held job go on. Raises ConflictError when it is not held."""
    return rows.release(store(), actor, job_id)
