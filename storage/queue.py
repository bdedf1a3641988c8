"""The order in which waiting jobs will be started, and changing it."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError, TransitionRefusedError
from core.specs import JobState
from storage.actors import Actor
from storage.database import Store
from storage.rows import Job
from storage.transitions import log_event


class Place(StrEnum):
    """Where in the queue a job may be moved."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"
    LAST = "last"


def waiting_jobs(store: Store, actor: Actor) -> list[Job]:
    """The owner's queued jobs, held ones too, in the order in which they will be started."""
    with store.read() as session:
        return _waiting(session, actor)


def move_in_queue(store: Store, actor: Actor, job_id: str, place: Place) -> list[Job]:
    """Move a waiting job among the owner's; other owners' jobs keep their turns. Returns the new order.

    Raises NotFoundError, TransitionRefusedError when the job is not waiting.
    """
    with store.write() as session:
        waiting = _waiting(session, actor)
        at = next((number for number, job in enumerate(waiting) if job.id == job_id), None)
        if at is None:
            found = session.get(Job, job_id)
            if found is None or found.owner_id != actor.owner_id:
                raise NotFoundError(f"There is no job {job_id}.", "List the jobs to see their ids.")
            raise TransitionRefusedError(f"{job_id} is {found.state} and does not wait in the queue.")
        to = {Place.FIRST: 0, Place.UP: max(0, at - 1), Place.DOWN: at + 1, Place.LAST: len(waiting)}[Place(place)]
        turns = [job.turn for job in waiting]
        moved = waiting.pop(at)
        waiting.insert(to, moved)
        for job, turn in zip(waiting, turns, strict=True):
            job.turn = turn
        if moved.turn != turns[at]:
            log_event(session, moved, f"moved in the queue: {place}")
        return waiting


def _waiting(session: Session, actor: Actor) -> list[Job]:
    mine = (Job.owner_id == actor.owner_id, Job.state == JobState.QUEUED, Job.trash_id.is_(None))
    return list(session.scalars(select(Job).where(*mine).order_by(Job.turn, Job.id)))
