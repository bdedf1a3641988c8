"""When an expired lease is held against a child: not while it may have been at work and unable to renew it."""

import time

from storage import leases
from storage.database import Store
from storage.rows import Job
from workers.children import leads_group_of

_CLOCK_JUMP_SECONDS = 1
_STOPPED_LEASES = 1 / 2
"""A child renews when a third has passed, so whatever stops it and us for less than this leaves it time to renew."""


class Patience:
    """The supervisor's. It judges no lease for as long as one lasts after each of these.

    It has begun (what happened before is unknown); it was stopped itself, as when a container or virtual machine is
    paused; the clock was set, or the machine slept; the disk is full; the database is locked.
    """

    def __init__(self, store: Store):
        self._store = store
        self._clock_offset = _clock_offset()
        self._looked_at = time.monotonic()
        self._holder: int | None = None
        self._wait()

    def _wait(self) -> None:
        self._judges_from = time.monotonic() + self._store.settings.lease_seconds

    def look(self) -> float:
        """Look at the clock and the disk. Returns by how many seconds the clock was set since the last look, or 0."""
        before, self._clock_offset = self._clock_offset, _clock_offset()
        jump = self._clock_offset - before
        if abs(jump) <= _CLOCK_JUMP_SECONDS:
            jump = 0.0
        before, self._looked_at = self._looked_at, time.monotonic()
        was_stopped = self._looked_at - before > _STOPPED_LEASES * self._store.settings.lease_seconds
        if jump or was_stopped or self._store.is_full():
            self._wait()
        return jump

    def note_locked(self, is_locked_out: bool) -> None:
        """Whether the database could not be written to just now."""
        self._holder = self._store.write_lock_holder() if is_locked_out else None
        if is_locked_out:
            self._wait()

    def spent(self) -> list[Job]:
        """The running jobs with an expired lease and no excuse.

        While the database is locked, that is the one whose child holds the lock all the time: the others wait for it.
        """
        holder = self._holder
        if holder is not None and holder != self._store.write_lock_holder():  # it has let go
            holder = None
        if holder is None and time.monotonic() < self._judges_from:
            return []
        return [job for job in leases.expired(self._store) if holder is None or leads_group_of(job, holder)]


def _clock_offset() -> float:
    """How far the settable clock of leases is ahead of the monotonic one, which stands still during sleep."""
    return time.time() - time.monotonic()
