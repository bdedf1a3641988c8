"""A browser's visits: when the one before ended, and what ended since."""

from sqlalchemy import update

from storage.actors import OWNER
from storage.endings import fail, succeed
from storage.rows import Job, Visit, from_now
from storage.visits import KEPT_SECONDS, ended_since, note_visit, visit_before


def seen(store, browser: str, seconds_ago: float) -> None:
    with store.write() as session:
        session.execute(update(Visit).where(Visit.browser == browser).values(seen_at=from_now(-seconds_ago)))


def test_whoever_was_away_begins_a_new_visit_and_whoever_was_not_goes_on_with_theirs(store):
    note_visit(store, "ann", 900)
    assert visit_before(store, "ann") is None
    seen(store, "ann", 800)
    note_visit(store, "ann", 900)
    assert visit_before(store, "ann") is None
    seen(store, "ann", 1000)
    note_visit(store, "ann", 900)
    before = visit_before(store, "ann")
    assert before is not None
    note_visit(store, "ann", 900)
    assert visit_before(store, "ann") == before
    assert visit_before(store, "bob") is None


def test_a_browser_that_does_not_come_back_is_forgotten(store):
    note_visit(store, "gone", 900)
    seen(store, "gone", KEPT_SECONDS + 60)
    note_visit(store, "here", 900)
    note_visit(store, "gone", 900)
    assert visit_before(store, "gone") is None


def test_what_ended_since_is_what_succeeded_or_failed_after_it(store, claim):
    old, good, bad, going = (claim(name=name) for name in ("old", "good", "bad", "going"))
    succeed(store, old.id, 1, {})
    with store.write() as session:
        session.execute(update(Job).where(Job.id == old.id).values(ended_at=from_now(-2000)))
    note_visit(store, "ann", 900)
    seen(store, "ann", 1000)
    note_visit(store, "ann", 900)
    succeed(store, good.id, 1, {})
    fail(store, bad.id, 1, "It was out of luck.", "Try again.")
    assert {job.name for job in ended_since(store, OWNER, visit_before(store, "ann"))} == {"good", "bad"}
    assert going
