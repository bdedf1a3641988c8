"""Who holds a job may write for it; who does not changes nothing."""

from datetime import UTC, datetime

import pytest

from core.errors import LeaseLostError
from core.specs import DeathCause, JobKind, StopRequest
from storage import claims, endings, jobs, leases, metrics
from storage.actors import OWNER
from storage.database import open_store
from storage.leases import Report
from storage.metrics import MetricPoint
from storage.processes import this_process
from storage.rows import Job, from_now
from storage.settings import Settings
from tests.waiting import until


@pytest.fixture
def taken_over(store, claim):
    """The first attempt of a job that now is in its second."""
    stale = claim()
    endings.interrupt(store, stale.id, 1, DeathCause.LEASE_EXPIRED, "silent")
    claims.claim(store, "another", [JobKind.PREPARE])
    return stale


def report() -> Report:
    return Report([MetricPoint(1, "loss", 2.5)], [("a checkpoint", {"step": 1})], (1, 10, "Training"))


WRITES = {
    "attach": lambda store, job: leases.attach(store, job.id, 1, "w", this_process()),
    "renew": lambda store, job: leases.renew(store, job.id, 1, "w", report()),
    "metrics": lambda store, job: leases.renew(store, job.id, 1, "w", Report([MetricPoint(1, "loss", 2.5)])),
    "rewind": lambda store, job: metrics.rewind(store, job.id, 1, "w", 0),
    "stop_request": lambda store, job: leases.stop_request(store, job.id, 1, "w"),
}


def everything(store, job_id: str):
    row = jobs.get_job(store, OWNER, job_id)
    columns = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    events = [(event.id, event.message) for event in jobs.events_of(store, OWNER, job_id)]
    return columns, events, metrics.series(store, OWNER, job_id)


@pytest.mark.parametrize("write", WRITES)
def test_who_was_replaced_changes_nothing(store, taken_over, write):
    points = [MetricPoint(1, "loss", 9.0), MetricPoint(2, "loss", 8.0)]
    leases.renew(store, taken_over.id, 2, "another", Report(points))
    before = everything(store, taken_over.id)
    with pytest.raises(LeaseLostError):
        WRITES[write](store, taken_over)
    assert everything(store, taken_over.id) == before


def test_a_report_is_written_with_the_renewal(store, claim):
    job = claim()
    jobs.request_stop(store, OWNER, job.id, StopRequest.PAUSE)
    assert leases.renew(store, job.id, 1, "w", report()) == StopRequest.PAUSE
    told = jobs.get_job(store, OWNER, job.id)
    assert (told.progress_done, told.progress_total, told.stage) == (1, 10, "Training")
    assert told.lease_expires_at > job.lease_expires_at
    assert metrics.series(store, OWNER, job.id) == {"loss": [(1, 2.5)]}
    assert jobs.events_of(store, OWNER, job.id)[-1].details == {"step": 1}


def test_a_lease_passes_by_the_databases_clock(store, claim):
    job = claim()
    assert leases.expired(store) == []
    hasty = open_store(Settings(lease_seconds=0.05))
    leases.renew(hasty, job.id, 1, "w")
    assert [row.id for row in until(lambda: leases.expired(store))] == [job.id]
    taken = endings.interrupt(store, job.id, 1, DeathCause.LEASE_EXPIRED, "silent", only_if_expired=True)
    assert taken.state == "queued" and leases.expired(store) == []


def test_after_the_clock_was_set_leases_and_requests_begin_anew(store, claim):
    job, patient = claim(), store.settings.lease_seconds
    jobs.request_stop(store, OWNER, job.id, StopRequest.CANCEL)
    for hours in (-1, 1):
        with store.write() as session:
            row = session.get(Job, job.id)
            row.lease_expires_at, row.stop_requested_at = from_now(hours * 3600), from_now(hours * 3600)
        leases.begin_anew(store)
        assert leases.overdue(store, grace_seconds=600) == []
        assert [row.id for row in leases.overdue(store, grace_seconds=-1)] == [job.id]
        assert bool(leases.expired(store)) == (hours < 0), "an expired lease is not prolonged"
    ends_in = (jobs.get_job(store, OWNER, job.id).lease_expires_at - datetime.now(UTC)).total_seconds()
    assert 0 < ends_in <= patient


def test_a_wish_that_is_not_followed_is_overdue(store, claim):
    job = claim()
    assert leases.overdue(store, grace_seconds=-1) == []
    jobs.request_stop(store, OWNER, job.id, StopRequest.CANCEL)
    assert [row.id for row in leases.overdue(store, grace_seconds=-1)] == [job.id]
    assert leases.overdue(store, grace_seconds=600) == []
