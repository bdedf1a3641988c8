"""Drafts of forms that were filled in but not submitted: one row per browser and page."""

from sqlalchemy import delete

from storage.database import Store
from storage.rows import Draft, from_now

KEPT_SECONDS = 30 * 24 * 3600
"""How long an untouched draft is kept."""


def read_draft(store: Store, browser: str, page: str) -> dict:
    """The typed values by name; empty when there are none."""
    with store.read() as session:
        draft = session.get(Draft, (browser, page))
        return dict(draft.values) if draft else {}


def add_to_draft(store: Store, browser: str, page: str, values: dict) -> None:
    """Merge `values` into the draft, and delete drafts untouched for long."""
    with store.write() as session:
        session.execute(delete(Draft).where(Draft.updated_at < from_now(-KEPT_SECONDS)))
        draft = session.get(Draft, (browser, page))
        if draft:
            draft.values = draft.values | values
            draft.updated_at = from_now()
        else:
            session.add(Draft(browser=browser, page=page, values=values))


def remove_draft(store: Store, browser: str, page: str) -> None:
    """Delete the draft, if there is one."""
    with store.write() as session:
        session.execute(delete(Draft).where(Draft.browser == browser, Draft.page == page))
