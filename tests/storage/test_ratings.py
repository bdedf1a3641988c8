"""Ratings: one an answer and rubric, the newest wins, and they go with their evaluation."""

from core.specs.keeping import ThingKind
from storage.actors import OWNER
from storage.endings import succeed
from storage.needs import Thing
from storage.ratings import ratings_of, store_rating, take_rating_back
from storage.trash import free, throw_away


def told(store, job, rubric: str = "r") -> list[tuple]:
    return [(one.example, one.model, one.mark) for one in ratings_of(store, OWNER, job.id, rubric)]


def test_a_second_mark_of_an_answer_replaces_the_first_and_rubrics_stay_apart(store, claim):
    job = claim()
    store_rating(store, OWNER, job.id, "r", 3, "tuned", 1)
    store_rating(store, OWNER, job.id, "r", 3, "base", 2)
    store_rating(store, OWNER, job.id, "other", 3, "tuned", 5)
    store_rating(store, OWNER, job.id, "r", 3, "tuned", 4)
    assert told(store, job) == [(3, "base", 2), (3, "tuned", 4)] and told(store, job, "other") == [(3, "tuned", 5)]
    take_rating_back(store, OWNER, ratings_of(store, OWNER, job.id, "r")[-1].id)
    assert told(store, job) == [(3, "base", 2)]


def test_ratings_go_for_good_with_their_evaluation(store, claim):
    job = claim()
    store_rating(store, OWNER, job.id, "r", 0, "tuned", 2)
    succeed(store, job.id, 1, {})
    entry = throw_away(store, OWNER, Thing(ThingKind.EVALUATION, job.name, (job,), ()))
    assert told(store, job)
    free(store, OWNER, entry.id)
    assert told(store, job) == []
