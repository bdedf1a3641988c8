"""The queue: which jobs wait, in which order, and changing that order."""

from app.plumbing.studio import store
from storage import queue as rows
from storage.actors import Actor
from storage.queue import Place
from storage.rows import Job

__all__ = ["Place", "move_job", "waiting_jobs"]


def waiting_jobs(actor: Actor) -> list[Job]:
    """The queued jobs in the order in which they will be started, held ones too."""
    return rows.waiting_jobs(store(), actor)


def move_job(actor: Actor, job_id: str, place: str) -> list[Job]:
    """Move a waiting job to a `Place`; returns the new order. Raises ConflictError if it does not wait."""
    return rows.move_in_queue(store(), actor, job_id, Place(place))
