"""The log of a job: each line has the time and the job's id, and a job that was taken over writes no more."""

import io
import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from core.full_disk import means_full_disk


class LogStream(io.TextIOBase):
    """Replaces standard output and error. Writes whole lines, each in one write, after `check` has returned.

    A full disk does not stop the work: lines that do not fit are counted, and the count is logged later.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int, label: str, check: Callable[[], None]):
        self._descriptor = descriptor
        self._label = label
        self._check = check
        self._line = ""
        self._lost = 0
        self._writing = threading.RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        with self._writing:
            *lines, self._line = (self._line + text).split("\n")
            if lines:
                self._check()
                self._put(lines)
        return len(text)

    def _put(self, lines: list[str]) -> None:
        moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {self._label}"
        told = [f"{self._lost} lines are missing here: the disk was full"] if self._lost else []
        whole = "\n" * len(told) + "".join(f"{moment} {line}\n" for line in (*told, *lines))  # after a cut-off line
        try:
            os.write(self._descriptor, whole.encode(errors="backslashreplace"))
            self._lost = 0
        except OSError as error:
            if not means_full_disk(error):
                raise
            self._lost += len(lines)


def log_lines_of(label: str, check: Callable[[], None]) -> None:
    """From now on, print, warnings and logging in this process all write lines of `label`'s log."""
    sys.stdout = sys.stderr = LogStream(1, label, check)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", force=True)
    logging.captureWarnings(True)
