"""Disk space reserved for the database, released on a full disk so that jobs can still be held, cancelled and deleted.

What is released is for them: new work waits until there is room for the reserve again. Without a reserve SQLite could
not even read: every reader needs a few pages of the index of the write-ahead log.
"""

import os
from pathlib import Path

from core.disk_space import free_bytes
from core.full_disk import is_full, means_full_disk

RESERVE_BYTES = 4 << 20
_KEPT_ABOVE_BYTES = 4 * RESERVE_BYTES


class Reserve:
    """A file beside the database that only takes up space; empty once the space was released."""

    def __init__(self, database: Path):
        self._path = database.with_name(f"{database.name}.reserve")

    def keep(self) -> None:
        """Allocate the reserve, unless it exists or the disk has little free space."""
        if self._size_bytes() or free_bytes(self._path) < _KEPT_ABOVE_BYTES:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError as error:
            os.ftruncate(descriptor, 0)
            if not means_full_disk(error):  # a quota does not show in the free space
                raise
        finally:
            os.close(descriptor)

    def spend_if_full(self) -> None:
        """Release the reserve if the disk is full."""
        if is_full(self._path) and self._size_bytes():
            os.truncate(self._path, 0)

    def owed_bytes(self) -> int:
        """What must be free before the reserve is whole again: 0 if it is, or never was."""
        return 0 if self._size_bytes() in (None, RESERVE_BYTES) else RESERVE_BYTES

    def _size_bytes(self) -> int | None:
        """None if there is no reserve, as on a small disk."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return None
