"""Room kept back for the database: spent when the disk is full, so that the studio starts, holds, cancels and deletes.

Without it SQLite could not even read: each reader needs a few pages of its index of the write-ahead journal.
"""

import os
from pathlib import Path

from core.disk_space import free_bytes
from core.full_disk import is_full, means_full_disk

RESERVE_BYTES = 4 << 20
_KEPT_ABOVE_BYTES = 4 * RESERVE_BYTES


class Reserve:
    """A file beside the database that stands for nothing but the bytes it takes."""

    def __init__(self, database: Path):
        self._path = database.with_name(f"{database.name}.reserve")

    def keep(self) -> None:
        """Take the bytes, where they are not taken already and there is plenty of room."""
        if self._path.exists() or free_bytes(self._path) < _KEPT_ABOVE_BYTES:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except OSError as error:
            self._path.unlink()
            if not means_full_disk(error):  # a quota, which does not show in what is free
                raise
        finally:
            os.close(descriptor)

    def spend_if_full(self) -> None:
        """Give the bytes back where the disk is full; nothing is done where they are spent already."""
        if is_full(self._path):
            self._path.unlink(missing_ok=True)
