"""Remarks: one an example, the newest wins, an empty one is none, and they go with their evaluation."""

import pytest

from core.errors import ConflictError, NotFoundError
from core.specs.keeping import ThingKind
from storage.actors import OWNER, Actor
from storage.endings import succeed
from storage.needs import Thing
from storage.remarks import keep_remark, remarks_on
from storage.trash import free, throw_away


def told(store, job) -> list[tuple]:
    return [(one.example, one.comment, one.tags) for one in remarks_on(store, OWNER, job.id)]


def test_a_second_remark_replaces_the_first_and_an_empty_one_removes_it(store, claim):
    job = claim()
    keep_remark(store, OWNER, job.id, 4, "later", ("a", "b"))
    keep_remark(store, OWNER, job.id, 3, "first", ())
    keep_remark(store, OWNER, job.id, 3, "", ("only a tag",))
    assert told(store, job) == [(3, "", ("only a tag",)), (4, "later", ("a", "b"))]
    assert keep_remark(store, OWNER, job.id, 4, "", ()) is None
    assert told(store, job) == [(3, "", ("only a tag",))]


def test_nobody_remarks_on_an_evaluation_of_somebody_else(store, claim):
    job = claim()
    with pytest.raises(NotFoundError):
        keep_remark(store, Actor("somebody"), job.id, 0, "mine", ())


def test_remarks_go_for_good_with_their_evaluation(store, claim):
    job = claim()
    keep_remark(store, OWNER, job.id, 0, "wrong", ())
    succeed(store, job.id, 1, {})
    entry = throw_away(store, OWNER, Thing(ThingKind.EVALUATION, job.name, (job,), ()))
    assert len(told(store, job)) == 1
    free(store, OWNER, entry.id)
    assert told(store, job) == []


def test_a_remark_is_not_put_over_one_that_was_not_seen(store, claim):
    job = claim()
    first = keep_remark(store, OWNER, job.id, 4, "first", (), None)
    with pytest.raises(ConflictError, match="changed elsewhere"):
        keep_remark(store, OWNER, job.id, 4, "second", (), None)
    [seen] = remarks_on(store, OWNER, job.id)
    assert (seen.comment, seen.changed_at) == ("first", first.changed_at)
    assert keep_remark(store, OWNER, job.id, 4, "", (), seen.changed_at) is None
    with pytest.raises(ConflictError):
        keep_remark(store, OWNER, job.id, 4, "third", (), seen.changed_at)
