"""Starts the child process that parses a file, and receives what it sends."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

import core.errors
from core.data.reading.limits import MEMORY_BYTES, SECONDS_WITHOUT_PROGRESS
from core.data.rows import Packet
from core.errors import InputError

_ROOT = Path(core.__file__).parents[1]
_BUFFER_BYTES = 1 << 20
# -P: Python must not import modules that lie beside the user's files.
_CHILD = [sys.executable, "-P", "-m", "core.data.reading.child"]
_ENVIRONMENT_KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_", "TMPDIR", "COVERAGE_")
_ONE_THREAD = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}
_SMALLER = "Use a smaller part of it, or save it as CSV or JSON lines."
_ROWS_FRAME = re.compile(rb'\{"done":(?P<done>\d+),"last":(?P<last>\d+),(?:"span":\[\d+,(?P<size>\d+),)?')
_DEATHS = {
    signal.SIGALRM: f"made no progress for {SECONDS_WITHOUT_PROGRESS} seconds",
    signal.SIGKILL: "was killed by the system, most likely because memory ran out",
    signal.SIGABRT: f"gave up, most likely because it needed more than {MEMORY_BYTES >> 30} GB of memory",
    signal.SIGXFSZ: "tried to write more than is allowed",
}


def _environment() -> dict[str, str]:
    """Only the variables that the child needs: a parser must not see tokens and keys."""
    kept = {name: text for name, text in os.environ.items() if name.startswith(_ENVIRONMENT_KEPT)}
    return {**kept, **_ONE_THREAD, "PYTHONPATH": str(_ROOT)}


class ReaderProcess:
    """A child process that reads one path. It ends once its rows have been taken, or when it is garbage-collected."""

    def __init__(self, path: Path, max_rows: int | None):
        self.done = 0
        """How many bytes of the input have been read for the rows taken so far."""
        self._path, self._name = path, path.name
        self._last_row = 0
        self._process = subprocess.Popen(
            [*_CHILD, json.dumps([str(path.absolute()), max_rows])],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            bufsize=_BUFFER_BYTES,
        )

    def opened(self) -> dict:
        """The columns and facts of the opened path. Raises what opening it raised."""
        try:
            return self._content(self._line())
        except BaseException:
            self.close()
            raise

    def packets(self, facts: dict[str, object]) -> Iterator[Packet]:
        """All rows in packets; puts the notes into `facts` at the end. Raises InputError where reading fails."""
        try:
            while start := _ROWS_FRAME.match(frame := self._line()):
                self.done, self._last_row = int(start["done"]), int(start["last"])
                yield Packet(int(start["size"] or len(frame)), frame, self._path)
            facts["notes"] = self._content(frame)["notes"]
            self.done = facts["bytes"]
            self._process.wait()
        finally:
            self.close()

    def _line(self) -> bytes:
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._death()
        return line

    def _content(self, line: bytes) -> dict:
        """The content of a frame without rows. Raises the error that it reports."""
        frame = orjson.loads(line)
        if "error" in frame:
            raise getattr(core.errors, frame["error"])(frame["message"], frame["remedy"])
        return frame

    def _death(self) -> InputError:
        status = self._process.wait()
        why = f"ended with status {status}"
        if status < 0:
            why = _DEATHS.get(-status, f"crashed ({signal.Signals(-status).name})")
        place = f"after row {self._last_row}" if self._last_row else "before its first row"
        return InputError(f"{self._name} cannot be read: its reader {why}, {place} (byte {self.done}).", _SMALLER)

    def close(self) -> None:
        """Kill the child, if it still runs. May be called again."""
        self._process.kill()
        self._process.stdout.close()
        self._process.wait()

    def __del__(self):
        self.close()  # in case its rows were never read
