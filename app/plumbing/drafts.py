"""Drafts: what was typed into a page's form and not submitted, per browser."""

from app.plumbing.browser_cookie import browser_key
from app.plumbing.studio import store
from core.values import UnfitError, check
from storage import drafts


def read_draft(browser: str | None, page: str) -> dict:
    """The inputs typed on a page, by name. `browser` is the token from its cookie, if any."""
    return drafts.read_draft(store(), browser_key(browser), page)


def store_draft(browser: str | None, page: str, **values: object) -> None:
    """Store inputs, unless `why_not_stored` rejects them. Raises DiskFullError."""
    if not why_not_stored(values):
        drafts.add_to_draft(store(), browser_key(browser), page, values)


def why_not_stored(typed: object) -> str | None:
    """Why inputs cannot be stored in the database; None if they can."""
    try:
        check(typed)
    except UnfitError as error:
        return f"This will be lost when you reload or leave the studio: {error.problem}."
    return None


def delete_draft(browser: str | None, page: str) -> None:
    """Delete a page's draft, after it was submitted."""
    drafts.remove_draft(store(), browser_key(browser), page)
