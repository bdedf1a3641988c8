"""A file that a job appends lines to, each flushed to disk, and that a later attempt of the job continues."""

import os
from collections.abc import Iterator
from pathlib import Path

from core.artifacts import publish_file, revoke_staged
from core.full_disk import naming_full_disks
from core.reporting import Reporter


class AppendedLines:
    """The file at `path`, in a folder that holds nothing else of other jobs. A last line cut short by a crash is gone.

    Each attempt writes into a copy of its own under the same name: a process of an earlier attempt that was suspended
    and continues appends to a file that is already unlinked.
    """

    def __init__(self, path: Path, reporter: Reporter):
        """Raises LeaseLostError if another attempt has taken over the job, DiskFullError."""
        self._path, self._reporter = path, reporter
        revoke_staged(path.parent, reporter.attempt)
        staged = path.parent / f".{path.name}.{reporter.attempt or os.getpid()}.partial"
        lines, end, _torn = path.read_bytes().rpartition(b"\n") if path.exists() else (b"", b"", b"")
        with naming_full_disks(path, staged):
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.write_bytes(lines + end)
        self._file = staged.open("a", encoding="utf-8")
        publish_file(staged, path, reporter)

    def __iter__(self) -> Iterator[str]:
        with self._path.open(encoding="utf-8") as file:
            yield from file

    def add(self, *lines: str) -> None:
        """Append lines and flush them to disk. Raises LeaseLostError or DiskFullError."""
        self._reporter.confirm()
        with naming_full_disks(self._path):
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; it stays."""
        self._file.close()
