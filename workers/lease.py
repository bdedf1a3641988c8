"""A child's lease on its job: renewed while it works, checked before it publishes; once lost, the process exits."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from core.errors import LeaseLostError
from core.specs import StopRequest
from storage import leases, metrics
from storage.database import NOT_NOW, Store
from storage.leases import Report
from storage.processes import this_process
from storage.rows import Job

LEASE_LOST_STATUS = 75
_ASK_AGAIN_SECONDS = 0.2


def _now() -> float:
    """Seconds on a clock that cannot be set and that keeps running while the machine or the process sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """The lease of one attempt on one job. When it is lost, its methods end the process instead of returning."""

    def __init__(self, store: Store, job_id: str, attempt: int, worker_id: str):
        self.job_id = job_id
        self.attempt = attempt
        self._store = store
        self._key = (job_id, attempt, worker_id)
        self._seconds = store.settings.lease_seconds
        self._good_until = 0.0

    def attach(self) -> Job:
        """Attach this process to the attempt that the supervisor has claimed for it."""
        with self._renewing():
            return leases.attach(self._store, *self._key, this_process())

    def renew(self, report: Report) -> StopRequest | None:
        """Write `report` and renew the lease; returns the stop request, if any."""
        with self._renewing():
            return leases.renew(self._store, *self._key, report)

    def is_due(self) -> bool:
        """Whether a third of the lease has passed since its renewal."""
        return self._good_until - _now() < self._seconds * 2 / 3

    def stop_request(self) -> StopRequest | None:
        """The stop request, read without renewing the lease."""
        with self._leaving_when_lost():
            return leases.stop_request(self._store, *self._key)

    def check(self) -> None:
        """Return only while the job is ours. Costs nothing before the lease has expired; then the database is asked."""
        if _now() >= self._good_until:
            self.confirm()

    def confirm(self) -> None:
        """Ask the database, without a lock, and return only while the job is ours."""
        while True:
            try:
                self.stop_request()
            except NOT_NOW:
                time.sleep(_ASK_AGAIN_SECONDS)  # nothing may be written before the answer is known
            else:
                return

    def check_on_waking(self) -> None:
        """From now on, run `check` first whenever this process is continued after a stop."""
        signal.signal(signal.SIGCONT, lambda _number, _frame: self.check())

    def rewind(self, step: int) -> None:
        """Delete all metrics after `step`."""
        with self._leaving_when_lost():
            metrics.rewind(self._store, *self._key, step)

    def reported(self, names: Iterable[str]) -> dict[str, list[tuple[int, float]]]:
        """All that this job has reported of some metrics."""
        return metrics.whole_series(self._store, self.job_id, names)

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        asked_at = _now()
        with self._leaving_when_lost():
            yield
        self._good_until = asked_at + self._seconds

    @contextmanager
    def _leaving_when_lost(self) -> Iterator[None]:
        try:
            yield
        except LeaseLostError:
            leave()


def leave() -> None:
    """Kill this process and its children at once: nothing buffered is written, nothing is cleaned up."""
    if os.getpgrp() == os.getpid():  # a child of a supervisor leads a group of its own
        os.killpg(0, signal.SIGKILL)
    os._exit(LEASE_LOST_STATUS)
