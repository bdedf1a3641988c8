"""Votes between two hidden answers, by owner, evaluation and criteria."""

from sqlalchemy import delete, select

from core.specs.kinds import Preferred
from storage.actors import Actor
from storage.database import Store
from storage.jobs import get_job
from storage.rows import Vote


def cast_vote(
    store: Store,
    actor: Actor,
    job_id: str,
    example: int,
    left: str,
    right: str,
    preferred: Preferred,
    criteria: str = "",
) -> None:
    """Store a verdict; a second one on the same two answers by the same criteria replaces the first.

    `criteria` is a hash of them, empty under the usual question. Raises NotFoundError.
    """
    get_job(store, actor, job_id)
    place = {"job_id": job_id, "criteria": criteria, "example": example, "left": left, "right": right}
    with store.write() as session:
        session.execute(delete(Vote).filter_by(owner_id=actor.owner_id, **place))
        session.add(Vote(owner_id=actor.owner_id, preferred=preferred, **place))


def votes_on(store: Store, actor: Actor, job_id: str, criteria: str = "") -> list[Vote]:
    """The votes on an evaluation's answers by these criteria, oldest first."""
    mine = select(Vote).filter_by(owner_id=actor.owner_id, job_id=job_id, criteria=criteria)
    with store.read() as session:
        return list(session.scalars(mine.order_by(Vote.id)))


def take_vote_back(store: Store, actor: Actor, vote_id: int) -> None:
    """Remove a vote; none with this id is as good."""
    with store.write() as session:
        session.execute(delete(Vote).where(Vote.owner_id == actor.owner_id, Vote.id == vote_id))
