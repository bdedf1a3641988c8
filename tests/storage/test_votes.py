"""Votes: one a pair, the newest wins, and they go with their evaluation."""

from core.specs.keeping import ThingKind
from core.specs.kinds import Preferred
from storage.actors import OWNER
from storage.endings import succeed
from storage.needs import Thing
from storage.trash import free, throw_away
from storage.votes import cast_vote, take_vote_back, votes_on


def told(store, job) -> list[tuple]:
    return [(one.example, one.left, one.right, one.preferred) for one in votes_on(store, OWNER, job.id)]


def test_a_second_vote_on_a_pair_replaces_the_first(store, claim):
    job = claim()
    cast_vote(store, OWNER, job.id, 3, "base", "tuned", Preferred.LEFT)
    cast_vote(store, OWNER, job.id, 4, "base", "tuned", Preferred.TIE)
    cast_vote(store, OWNER, job.id, 3, "base", "tuned", Preferred.BOTH_BAD)
    assert told(store, job) == [(4, "base", "tuned", Preferred.TIE), (3, "base", "tuned", Preferred.BOTH_BAD)]
    take_vote_back(store, OWNER, votes_on(store, OWNER, job.id)[-1].id)
    assert told(store, job) == [(4, "base", "tuned", Preferred.TIE)]


def test_votes_by_other_criteria_are_kept_apart(store, claim):
    job = claim()
    cast_vote(store, OWNER, job.id, 3, "base", "tuned", Preferred.LEFT)
    cast_vote(store, OWNER, job.id, 3, "base", "tuned", Preferred.RIGHT, "kind")
    assert told(store, job) == [(3, "base", "tuned", Preferred.LEFT)]
    assert [one.preferred for one in votes_on(store, OWNER, job.id, "kind")] == [Preferred.RIGHT]


def test_votes_go_for_good_with_their_evaluation(store, claim):
    job = claim()
    cast_vote(store, OWNER, job.id, 0, "base", "tuned", Preferred.RIGHT)
    succeed(store, job.id, 1, {})
    entry = throw_away(store, OWNER, Thing(ThingKind.EVALUATION, job.name, (job,), ()))
    assert len(told(store, job)) == 1
    free(store, OWNER, entry.id)
    assert told(store, job) == []
