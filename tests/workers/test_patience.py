"""An expired lease is judged only where its child could have renewed it."""

import os

import pytest

from core.specs import BenchmarkSpec, JobKind
from storage import claims, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.rows import Job
from storage.settings import Settings
from tests.waiting import until
from workers import patience as patience_module
from workers.patience import Patience


@pytest.fixture
def store(workspace):
    opened = open_store(Settings(home=workspace, lease_seconds=1))
    yield opened
    opened.close()


@pytest.fixture
def expired(store):
    """A running job whose lease has expired."""
    spec = BenchmarkSpec(name="b", output_dir=str(store.settings.home / "b"), models=("starter",))
    jobs.enqueue(store, OWNER, spec, JobKind.BENCHMARK)
    return claims.claim(store, "w", [JobKind.BENCHMARK], lease_seconds=-1)


def test_it_judges_one_lease_after_it_began_and_after_the_clock_was_set(store, expired, monkeypatch):
    patience, offset = Patience(store), patience_module._clock_offset()
    assert patience.spent() == []

    def judged():
        patience.look()
        return patience.spent()

    assert [job.id for job in until(judged)] == [expired.id]
    for ahead, jump in ((3600, 3600), (-3600, -7200)):
        monkeypatch.setattr(patience_module, "_clock_offset", lambda: offset + ahead)  # noqa: B023
        assert patience.look() == pytest.approx(jump, abs=1) and patience.spent() == []
        assert not patience.look() and until(judged)


def test_it_judges_no_lease_that_passed_while_it_was_stopped_itself(store, expired):
    patience = Patience(store)
    until(patience.spent)  # a whole lease without a look
    assert not patience.look() and patience.spent() == []
    assert until(patience.spent)


def test_while_the_database_is_locked_only_who_holds_the_lock_is_judged(store, expired):
    patience = Patience(store)
    until(patience.spent)
    with store.write() as session:
        session.connection()
        patience.note_locked(True)
        assert patience.spent() == []
    with store.write() as session:
        session.get(Job, expired.id).process_id = os.getpgid(0)
    with store.write() as session:
        session.connection()
        patience.note_locked(True)
        assert [job.id for job in patience.spent()] == [expired.id]
    assert patience.spent() == []
    patience.note_locked(False)
    assert until(patience.spent)
