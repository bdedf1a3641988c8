"""What a person has typed into a page's form and not asked for yet, apart for each browser."""

from app.plumbing.browser_cookie import kept_key
from app.plumbing.studio import store
from core.values import UnfitError, check
from storage import drafts


def typed(browser: str | None, page: str) -> dict:
    """The values that were typed on a page, by their names. `browser` is the token of its cookie, if it has one."""
    return drafts.read_draft(store(), kept_key(browser), page)


def keep_typed(browser: str | None, page: str, **values: object) -> None:
    """Keep what was typed, but for what `why_not_kept` tells. Raises DiskFullError."""
    if not why_not_kept(values):
        drafts.add_to_draft(store(), kept_key(browser), page, values)


def why_not_kept(typed: object) -> str | None:
    """Why what was typed is too much for the database, in words; None where it can be kept."""
    try:
        check(typed)
    except UnfitError as error:
        return f"This is not kept when you reload or leave the studio: {error.problem}."
    return None


def forget_typed(browser: str | None, page: str) -> None:
    """Forget what was typed on a page: it has been asked for."""
    drafts.remove_draft(store(), kept_key(browser), page)
