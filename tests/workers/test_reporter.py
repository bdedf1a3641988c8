"""What a child reports reaches the database, later if it must."""

import pytest

from core.specs import BenchmarkSpec, JobKind
from storage import claims, jobs, metrics
from storage.actors import OWNER
from tests.waiting import until
from workers.lease import Lease
from workers.reporter import DatabaseReporter


@pytest.fixture
def lease(store):
    spec = BenchmarkSpec(name="one", output_dir=str(store.settings.home / "one"), models=("starter",))
    jobs.enqueue(store, OWNER, spec, JobKind.BENCHMARK)
    lease = Lease(store, claims.claim(store, "w", [JobKind.BENCHMARK]).id, 1, "w")
    lease.attach()
    return lease


def test_a_moment_without_memory_delays_a_report(store, lease, monkeypatch):
    failed, renew = [], lease.renew

    def renew_later(report):
        if not failed:
            failed.append(report)
            raise MemoryError
        return renew(report)

    monkeypatch.setattr(lease, "renew", renew_later)
    reporter = DatabaseReporter(lease)
    reporter.metric(1, loss=2.0)
    until(lambda: metrics.series(store, OWNER, lease.job_id).get("loss"))
    assert failed and metrics.series(store, OWNER, lease.job_id)["loss"] == [(1, 2.0)]
    reporter.conclude(lambda: None)
