"""What people say about single examples of an evaluation, by owner and evaluation."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select

from core.errors import ConflictError
from storage.actors import Actor
from storage.database import Store
from storage.jobs import get_job
from storage.rows import Remark


def keep_remark(
    store: Store,
    actor: Actor,
    job_id: str,
    example: int,
    comment: str,
    tags: tuple[str, ...],
    over: datetime | Literal["any"] | None = "any",
) -> Remark | None:
    """Store a remark in place of an earlier one on the same example; none with neither comment nor tags.

    `over` is when the remark to replace was changed, None if there was none. Raises ConflictError if by now it is
    another one, and NotFoundError.
    """
    get_job(store, actor, job_id)
    same = (Remark.owner_id == actor.owner_id, Remark.job_id == job_id, Remark.example == example)
    with store.write() as session:
        if over != "any" and over != session.scalar(select(Remark.changed_at).where(*same)):
            raise ConflictError(
                f"The remark on example {example + 1:,} was changed elsewhere meanwhile.",
                "Look at it, then save again to put yours in its place.",
            )
        session.execute(delete(Remark).where(*same))
        if not (comment or tags):
            return None
        remark = Remark(owner_id=actor.owner_id, job_id=job_id, example=example, comment=comment, tags=tags)
        session.add(remark)
    return remark


def remarks_on(store: Store, actor: Actor, job_id: str) -> list[Remark]:
    """The remarks on an evaluation's examples, in the order of the examples."""
    mine = select(Remark).where(Remark.owner_id == actor.owner_id, Remark.job_id == job_id)
    with store.read() as session:
        return list(session.scalars(mine.order_by(Remark.example)))
