"""The trusted side of reading: starts the child that parses, and takes rows and errors from it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson

import core.errors
from core.data.reading.limits import MEMORY_BYTES, SECONDS_WITHOUT_PROGRESS
from core.data.rows import Packet, Row, Source
from core.errors import InputError, NotFoundError
from core.examples.drops import Drop

_ROOT = Path(core.__file__).parents[1]
_ROWS_LOOKED_AT = 100
"""As many as preparing decides by, so that a page shows what a job will do."""
_BUFFER_BYTES = 1 << 20
# -P: nothing that lies beside the person's files may be imported from there.
_CHILD = [sys.executable, "-P", "-m", "core.data.reading.child"]
_ENVIRONMENT_KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_", "TMPDIR", "COVERAGE_")
_CALM = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}
_SMALLER = "Give a smaller piece of it, or save it as CSV or JSON lines."
_ROWS_FRAME = re.compile(rb'\{"done":(?P<done>\d+),"last":(?P<last>\d+),(?:"span":\[\d+,(?P<size>\d+),)?')
_DEATHS = {
    signal.SIGALRM: f"took more than {SECONDS_WITHOUT_PROGRESS} seconds without another row",
    signal.SIGKILL: "was stopped by the system, most likely for want of memory",
    signal.SIGABRT: f"gave up, most likely because it needs more than {MEMORY_BYTES >> 30} GB of memory",
    signal.SIGXFSZ: "wanted to write more than it may",
}


def open_path(path: Path, max_rows: int | None = None) -> Source:
    """The rows of a file in any format that is read, of a folder, or of an archive of such; at most `max_rows`.

    Raises NotFoundError, or InputError that names the place in the file; so do the rows. Examples::

        source = open_path(Path("questions.csv"))
        source.columns                                  # ["instruction", "output"]
        [row.values for row in source.rows]             # [{"instruction": "…", "output": "…"}, …]
    """
    from core.artifacts import sha256_of  # not above: the child passes by here on its way, and starts in half the time

    _check(path)
    child = _Child(path, max_rows)
    facts: dict[str, object] = {"kind": "folder" if path.is_dir() else "file", "file": path.name}
    aside = ThreadPoolExecutor(1)
    hashing = aside.submit(sha256_of, path) if path.is_file() else None
    aside.shutdown(wait=False)
    opened = child.opened()
    facts |= opened["facts"]
    total = opened["facts"]["bytes"]
    packets = child.packets(facts)
    rows = (row for packet in packets for row in unpack(packet))

    def settle() -> None:
        if hashing:
            facts["sha256"] = hashing.result()

    return Source(facts, opened["columns"], rows, lambda: (child.done, total), packets, settle)


def look(path: Path) -> dict[str, object]:
    """What `path` holds: `format`, `encoding`, `columns`, `head` (the values of up to 100 rows), and `notes` in words.

    Raises what `open_path` raises.
    """
    _check(path)
    child = _Child(path, _ROWS_LOOKED_AT)
    opened = child.opened()
    facts = opened["facts"]
    head = [row for packet in child.packets(facts) for row in unpack(packet)]
    return {
        "format": facts["format"],
        "encoding": facts["encoding"],
        "columns": opened["columns"],
        "head": [row.values for row in head if not row.problem],
        "notes": facts["notes"] + [f"row {row.number}: {row.problem}" for row in head if row.problem],
    }


def unpack(packet: Packet) -> list[Row]:
    """The rows in a packet of a source."""
    frame = orjson.loads(packet.frame)
    rows = frame["rows"] if "rows" in frame else _rows_in_file(packet.file, *frame["span"])
    return [Row(*row) if len(row) == 2 else Row(row[0], row[1], Drop(row[2])) for row in rows]


def _rows_in_file(file: Path, start: int, size: int, first: int) -> list[tuple]:
    from core.data.reading.tables.json_lines import rows_of_lines  # not above: the child passes by here

    with file.open("rb") as opened:
        opened.seek(start)
        return rows_of_lines(opened.read(size), first)


def _check(path: Path) -> None:
    if not (path.is_file() or path.is_dir()):
        raise NotFoundError(f"{path} is not there, or is no plain file.", "Check the path.")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise InputError(f"{path.name} may not be read by this user.", "Change its permissions.")


def _environment() -> dict[str, str]:
    """What the child needs to start; a parser has no business with tokens and keys."""
    kept = {name: text for name, text in os.environ.items() if name.startswith(_ENVIRONMENT_KEPT)}
    return {**kept, **_CALM, "PYTHONPATH": str(_ROOT)}


class _Child:
    """A running reader. It ends when its rows have been taken, or are no longer wanted."""

    def __init__(self, path: Path, max_rows: int | None):
        self.done = 0
        """Bytes of the file that stand behind the rows taken so far."""
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
        """What was found. Raises InputError when that is nothing."""
        try:
            return self._told(self._line())
        except BaseException:
            self.close()
            raise

    def packets(self, facts: dict[str, object]) -> Iterator[Packet]:
        """All rows, in packets; afterwards the notes are in `facts`. Raises InputError where it cannot be read on."""
        try:
            while start := _ROWS_FRAME.match(frame := self._line()):
                self.done, self._last_row = int(start["done"]), int(start["last"])
                yield Packet(int(start["size"] or len(frame)), frame, self._path)
            facts["notes"] = self._told(frame)["notes"]
            self.done = facts["bytes"]
            self._process.wait()
        finally:
            self.close()

    def _line(self) -> bytes:
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._death()
        return line

    def _told(self, line: bytes) -> dict:
        """What a frame that holds no rows says. Raises the error that it tells of."""
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
        self._process.kill()
        self._process.stdout.close()
        self._process.wait()

    def __del__(self):
        self.close()  # its rows were never asked for
