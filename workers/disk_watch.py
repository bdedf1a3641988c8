"""Disk space, watched by the supervisor: keeps the database's reserve and releases jobs held for a full disk."""

import logging
import time
from contextlib import suppress
from pathlib import Path

from core.disk_space import free_bytes
from core.errors import TransitionRefusedError
from storage.database import Store
from storage.disk_holds import held_for_disk, release_for_disk
from storage.rows import Job

_LOOK_SECONDS = 1
_LONGEST_WAIT_SECONDS = 300
log = logging.getLogger(__name__)


class DiskWatch:
    """The disks of one workspace; the supervisor calls `look`."""

    def __init__(self, store: Store):
        self._store = store
        self._looked_at = 0.0
        self._held_since: dict[tuple[str, int], float] = {}

    def look(self) -> None:
        """Keep the reserve; release each held job that now has enough space.

        All that is known is that a job needs more than it had, so it waits twice as long after each attempt.
        """
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        self._store.reserve.keep()
        held = held_for_disk(self._store)
        self._held_since = {_attempt(job): self._held_since.get(_attempt(job), now) for job, *_ in held}
        if self._store.is_full():
            return
        for job, needed_bytes, place in held:
            has_waited = now - self._held_since[_attempt(job)] >= min(2**job.attempt, _LONGEST_WAIT_SECONDS)
            if has_waited and free_bytes(Path(place)) >= needed_bytes:
                log.info("%s: there is room for it again", job.id)
                with suppress(TransitionRefusedError):  # another process was faster
                    release_for_disk(self._store, job.id)


def _attempt(job: Job) -> tuple[str, int]:
    return job.id, job.attempt
