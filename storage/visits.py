"""Visits: when each browser was last here, and what has ended since."""

from datetime import datetime

from sqlalchemy import delete, select, update

from core.specs import JobState
from storage.actors import Actor
from storage.database import Store
from storage.rows import Job, Visit, from_now

KEPT_SECONDS = 365 * 24 * 3600
"""How long a browser is remembered after its last visit: as long as its cookie."""


def note_visit(store: Store, browser: str, away_seconds: float) -> None:
    """Note that a browser is here now. After `away_seconds` without it, a new visit begins."""
    mine = Visit.browser == browser
    with store.write() as session:
        session.execute(delete(Visit).where(Visit.seen_at < from_now(-KEPT_SECONDS)))
        was_away = update(Visit).where(mine, Visit.seen_at < from_now(-away_seconds))
        session.execute(was_away.values(before_at=Visit.seen_at))
        if not session.execute(update(Visit).where(mine).values(seen_at=from_now())).rowcount:
            session.add(Visit(browser=browser))


def visit_before(store: Store, browser: str) -> datetime | None:
    """When the previous visit ended; None on the first."""
    with store.read() as session:
        visit = session.get(Visit, browser)
        return visit.before_at if visit else None


def ended_since(store: Store, actor: Actor, at: datetime, limit: int = 50) -> list[Job]:
    """The jobs that succeeded or failed after this moment, newest first."""
    told = Job.state.in_((JobState.SUCCEEDED, JobState.FAILED))
    query = select(Job).where(Job.owner_id == actor.owner_id, Job.trash_id.is_(None), told, Job.ended_at > at)
    with store.read() as session:
        return list(session.scalars(query.order_by(Job.ended_at.desc(), Job.id).limit(limit)))
