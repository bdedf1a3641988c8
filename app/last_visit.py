"""The last visit of each browser, and the jobs that ended since."""

import logging
from datetime import datetime

from app.plumbing.browser_cookie import browser_key
from app.plumbing.studio import store
from storage import visits
from storage.actors import Actor
from storage.database import NOT_NOW
from storage.rows import Job

AWAY_SECONDS = 15 * 60
"""Opening no page for this long ends a visit."""
_log = logging.getLogger(__name__)


def note_visit(browser: str | None) -> None:
    """Record that a page was opened. `browser` is the token from its cookie, if any."""
    try:
        visits.note_visit(store(), browser_key(browser), AWAY_SECONDS)
    except NOT_NOW as error:  # a page must not fail because of this
        _log.warning("A visit could not be recorded: %s", error)


def last_visit(browser: str | None) -> datetime | None:
    """The time of the visit before this one; None on the first."""
    return visits.visit_before(store(), browser_key(browser))


def ended_since(actor: Actor, at: datetime) -> list[Job]:
    """Jobs that succeeded or failed after this time, newest first."""
    return visits.ended_since(store(), actor, at)
