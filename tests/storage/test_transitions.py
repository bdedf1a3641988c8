"""What is in the table is possible, once; whatever is not is refused and changes nothing."""

from itertools import product

import pytest

from core.errors import TransitionRefusedError
from core.specs import DeathCause, HoldReason, JobKind, JobState, StopRequest
from storage import claims, endings, jobs
from storage.actors import OWNER
from storage.rows import Job
from storage.transitions import TRANSITIONS, move

POSSIBLE = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("running", "queued"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "cancelled"),
}


def put_into(store, job, state):
    with store.write() as session:
        session.get(Job, job.id).state = state


def state_and_events(store, job):
    return jobs.get_job(store, OWNER, job.id).state, len(jobs.events_of(store, OWNER, job.id))


@pytest.mark.parametrize(("source", "target"), list(product(JobState, JobState)))
def test_only_the_ways_of_the_table_are_open(store, enqueue, source, target):
    job = enqueue()
    put_into(store, job, source)
    before = state_and_events(store, job)
    if (source, target) in POSSIBLE:
        with store.write() as session:
            move(session, job.id, job.attempt, source, target, "moved")
        assert state_and_events(store, job) == (target, before[1] + 1)
    else:
        with pytest.raises(TransitionRefusedError), store.write() as session:
            move(session, job.id, job.attempt, source, target, "moved")
        assert state_and_events(store, job) == before


def test_the_table_is_the_designs():
    assert set(TRANSITIONS) == POSSIBLE


ENDS = {
    "succeed": lambda store, job: endings.succeed(store, job.id, job.attempt, {}),
    "fail": lambda store, job: endings.fail(store, job.id, job.attempt, "broken"),
    "cancel": lambda store, job: endings.cancel_running(store, job.id, job.attempt),
    "pause": lambda store, job: endings.pause_running(store, job.id, job.attempt, HoldReason.PERSON),
    "interrupt": lambda store, job: endings.interrupt(store, job.id, job.attempt, DeathCause.KILLED, "killed"),
}


@pytest.mark.parametrize(("end", "state"), list(product(ENDS, sorted(set(JobState) - {JobState.RUNNING}))))
def test_nothing_ends_that_does_not_run(store, claim, end, state):
    job = claim()
    put_into(store, job, state)
    before = state_and_events(store, job)
    with pytest.raises(TransitionRefusedError):
        ENDS[end](store, job)
    assert state_and_events(store, job) == before


@pytest.mark.parametrize("end", ENDS)
def test_an_attempt_that_was_taken_over_ends_nothing(store, claim, end):
    stale = claim()
    endings.interrupt(store, stale.id, stale.attempt, DeathCause.LEASE_EXPIRED, "silent")
    current = claims.claim(store, "another", [JobKind.PREPARE])
    assert (current.id, current.attempt) == (stale.id, 2)
    before = state_and_events(store, current)
    with pytest.raises(TransitionRefusedError):
        ENDS[end](store, stale)
    assert state_and_events(store, current) == before


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel"])
def test_an_end_comes_once(store, claim, end):
    job = claim()
    ended = ENDS[end](store, job)
    assert ended.ended_at and ended.worker_id is None and ended.lease_expires_at is None
    for other in ENDS:
        with pytest.raises(TransitionRefusedError):
            ENDS[other](store, job)
    with pytest.raises(TransitionRefusedError):
        jobs.request_stop(store, OWNER, job.id, StopRequest.CANCEL)
    with pytest.raises(TransitionRefusedError):
        jobs.request_stop(store, OWNER, job.id, StopRequest.PAUSE)
