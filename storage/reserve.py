"""Disk space reserved for the database, released on a full disk so that jobs can still be held, cancelled and deleted.

Without it SQLite could not even read: every reader needs a few pages of the index of the write-ahead log.
"""

import os
from pathlib import Path

from core.disk_space import free_bytes
from core.full_disk import is_full, means_full_disk

RESERVE_BYTES = 4 << 20
_KEPT_ABOVE_BYTES = 4 * RESERVE_BYTES


class Reserve:
    """A file beside the database that only takes up space."""

    def __init__(self, database: Path):
        self._path = database.with_name(f"{database.name}.reserve")

    def keep(self) -> None:
        """Allocate the reserve, unless it exists or the disk has little free space."""
        if self._path.exists() or free_bytes(self._path) < _KEPT_ABOVE_BYTES:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError as error:
            self._path.unlink()
            if not means_full_disk(error):  # a quota does not show in the free space
                raise
        finally:
            os.close(descriptor)

    def spend_if_full(self) -> None:
        """Release the reserve if the disk is full."""
        if is_full(self._path):
            self._path.unlink(missing_ok=True)
