"""When a person was here last, by their browser, and what ended since."""

import logging
from datetime import datetime

from app.plumbing.browser_cookie import kept_key
from app.plumbing.studio import store
from storage import visits
from storage.actors import Actor
from storage.database import NOT_NOW
from storage.rows import Job

AWAY_SECONDS = 15 * 60
"""Whoever opens no page for so long was away."""
_log = logging.getLogger(__name__)


def note_visit(browser: str | None) -> None:
    """Note that the person opens a page now. `browser` is the token of its cookie, if it has one."""
    try:
        visits.note_visit(store(), kept_key(browser), AWAY_SECONDS)
    except NOT_NOW as error:  # no page fails for this
        _log.warning("When somebody was here could not be noted: %s", error)


def last_visit(browser: str | None) -> datetime | None:
    """When the person was here last, before this visit; None on the first."""
    return visits.visit_before(store(), kept_key(browser))


def ended_since(actor: Actor, at: datetime) -> list[Job]:
    """The jobs that succeeded or failed after this moment, the last one first."""
    return visits.ended_since(store(), actor, at)
