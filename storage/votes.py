"""Votes between two hidden answers, by owner and evaluation."""

from sqlalchemy import delete, select

from core.specs.kinds import Preferred
from storage.actors import Actor
from storage.database import Store
from storage.jobs import get_job
from storage.rows import Vote


def cast_vote(
    store: Store, actor: Actor, job_id: str, example: int, left: str, right: str, preferred: Preferred
) -> None:
    """Store a verdict; a second one on the same two answers replaces the first. Raises NotFoundError."""
    get_job(store, actor, job_id)
    same = (Vote.owner_id == actor.owner_id, Vote.job_id == job_id, Vote.example == example)
    with store.write() as session:
        session.execute(delete(Vote).where(*same, Vote.left == left, Vote.right == right))
        session.add(
            Vote(owner_id=actor.owner_id, job_id=job_id, example=example, left=left, right=right, preferred=preferred)
        )


def votes_on(store: Store, actor: Actor, job_id: str) -> list[Vote]:
    """The votes on an evaluation's answers, oldest first."""
    mine = select(Vote).where(Vote.owner_id == actor.owner_id, Vote.job_id == job_id)
    with store.read() as session:
        return list(session.scalars(mine.order_by(Vote.id)))


def take_vote_back(store: Store, actor: Actor, vote_id: int) -> None:
    """Remove a vote; none with this id is as good."""
    with store.write() as session:
        session.execute(delete(Vote).where(Vote.owner_id == actor.owner_id, Vote.id == vote_id))
