"""The reporter that writes to the database, in batches from its own thread, which also renews the lease."""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from core.reporting import Reporter
from core.specs import StopRequest
from storage.database import NOT_NOW
from storage.leases import Report
from storage.metrics import MetricPoint
from workers.lease import Lease

_BATCH_SECONDS = 0.5
_PATIENCE_SECONDS = 1
_LONG_SECONDS = 5
"""A report delayed by more than this is noted on the job's page, where progress seemed to have stopped."""
log = logging.getLogger(__name__)


class DatabaseReporter(Reporter):
    """Collects what a handler reports; every half second a thread writes it and reads the stop request.

    A database that is busy or full only delays that: what could not be written is kept for the next try.
    """

    def __init__(self, lease: Lease):
        self.attempt = f"{lease.job_id}.{lease.attempt}"
        self._lease = lease
        self._report = Report()
        self._collecting = threading.Lock()
        self._sending = threading.Lock()
        self._stop_request: StopRequest | None = None
        self.told_to_end = False
        """Whether this process was told to end, as at a shutdown: it stops like a paused one, and the job continues."""
        self._ended = threading.Event()
        threading.Thread(target=self._keep_sending, name="reporter", daemon=True).start()

    def metric(self, step: int, **values: float) -> None:
        with self._collecting:
            self._report.metrics += [MetricPoint(int(step), name, float(value)) for name, value in values.items()]

    def progress(self, done: float, total: float, stage: str = "") -> None:
        with self._collecting:
            self._report.progress = (float(done), float(total), stage)

    def event(self, message: str, **details: object) -> None:
        with self._collecting:
            self._report.events.append((message, details))
        log.info("%s", message)

    def stop_requested(self) -> StopRequest | None:
        if self.told_to_end and not (self._stop_request and self._stop_request.gives_up):
            return StopRequest.PAUSE
        return None if self.finish_requested() else self._stop_request

    def finish_requested(self) -> bool:
        return self._stop_request == StopRequest.FINISH

    def flush(self) -> None:
        with self._sending:
            self._send()

    def rewind(self, step: int) -> None:
        self.flush()
        self._lease.rewind(step)

    def reported(self, names: Iterable[str]) -> dict[str, list[tuple[int, float]]]:
        return self._lease.reported(names)

    def confirm(self) -> None:
        self._lease.confirm()

    def conclude(self, verdict: Callable[[], object]) -> None:
        """Write what is left, then the job's end, however long the database is busy; report nothing afterwards."""
        while True:
            with self._sending:
                try:
                    self._send()
                    verdict()
                except NOT_NOW as error:
                    log.warning("the end of the job could not be written yet: %s", error.args[0])
                else:
                    self._ended.set()
                    return
            time.sleep(_PATIENCE_SECONDS)

    def _keep_sending(self) -> None:
        while not self._ended.wait(_BATCH_SECONDS):
            with self._sending:
                if self._ended.is_set():
                    return
                try:
                    if self._has_news() or self._lease.is_due():
                        self._send()
                    else:
                        self._stop_request = self._lease.stop_request()
                except (*NOT_NOW, MemoryError) as error:  # this thread must outlive a moment without memory
                    log.warning("nothing could be reported yet: %s", error.args[0] if error.args else "no memory")

    def _has_news(self) -> bool:
        return bool(self._report.metrics or self._report.events or self._report.progress)

    def _send(self) -> None:
        """Write what was collected and renew the lease, in one transaction. The caller holds `_sending`."""
        with self._collecting:
            report, self._report = self._report, Report()
        began = time.monotonic()
        try:
            self._stop_request = self._lease.renew(report)
        except (*NOT_NOW, MemoryError):
            with self._collecting:
                newer = self._report
                self._report = Report(
                    report.metrics + newer.metrics, report.events + newer.events, newer.progress or report.progress
                )
            raise
        if (waited := time.monotonic() - began) > _LONG_SECONDS:
            self.event(
                f"For {waited:.0f} s nothing could be written to the database: another process had locked it, or the "
                "disk was too slow. Nothing is lost.",
                remedy="If it happens again, find what else opens studio.db: a backup, a database browser.",
            )
