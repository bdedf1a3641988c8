"""A person's marks of answers, by owner, evaluation and rubric."""

from sqlalchemy import delete, select

from storage.actors import Actor
from storage.database import Store
from storage.jobs import get_job
from storage.rows import Rating


def store_rating(store: Store, actor: Actor, job_id: str, rubric: str, example: int, model: str, mark: int) -> None:
    """Store a mark; a second one of the same answer replaces the first. Raises NotFoundError."""
    get_job(store, actor, job_id)
    same = (Rating.owner_id == actor.owner_id, Rating.job_id == job_id, Rating.rubric == rubric)
    with store.write() as session:
        session.execute(delete(Rating).where(*same, Rating.example == example, Rating.model == model))
        session.add(
            Rating(owner_id=actor.owner_id, job_id=job_id, rubric=rubric, example=example, model=model, mark=mark)
        )


def ratings_of(store: Store, actor: Actor, job_id: str, rubric: str) -> list[Rating]:
    """The marks of an evaluation's answers by this rubric, oldest first."""
    mine = select(Rating).where(Rating.owner_id == actor.owner_id, Rating.job_id == job_id, Rating.rubric == rubric)
    with store.read() as session:
        return list(session.scalars(mine.order_by(Rating.id)))


def take_rating_back(store: Store, actor: Actor, rating_id: int) -> None:
    """Remove a mark; none with this id is as good."""
    with store.write() as session:
        session.execute(delete(Rating).where(Rating.owner_id == actor.owner_id, Rating.id == rating_id))
