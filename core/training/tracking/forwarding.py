"""Passes a run's metrics on: always to an event file, and to each tracker that the environment asks for.

None of them can fail or slow a run. A tracker runs in a child process, so that its imports, threads, retries and exit
handlers are not the run's; the child is written to without waiting, and waited for only briefly at the end.
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from core.reporting import Reporter
from core.specs.results.run_record import RunRecord
from core.training.tracking.event_files import EventFile
from core.training.tracking.trackers import SERVICES, Run, configured, is_installed

EVENTS = "tensorboard"
"""The folder of a run's event files, in its output folder."""

_PATIENCE_SECONDS = 20
"""How long a tracker may take at the end to send what it has."""
_BACKLOG_BYTES = 16 << 20
"""What is kept for a tracker that is still starting or cannot keep up: 100,000 steps."""
_PIPE_BYTES = 1 << 20
_IMPORTED = str(Path(__file__).resolve().parents[3])


class Tracking:
    """A `Reporter` that passes everything on to `reporter`, and metrics to `event_file` and `feeds` too.

    The first failure of each becomes one event; it is then left alone.
    """

    def __init__(self, reporter: Reporter, event_file: EventFile | None, feeds: "list[Feed]"):
        self._reporter, self._event_file, self._feeds = reporter, event_file, feeds

    def __getattr__(self, name: str) -> object:
        return getattr(self._reporter, name)  # no subclass: what a Reporter gains one day is passed on, too

    def metric(self, step: int, **values: float) -> None:
        self._reporter.metric(step, **values)
        tagged = {_tag(name): float(value) for name, value in values.items()}
        if self._event_file:
            try:
                self._event_file.write(step, tagged)
                self._event_file.flush()
            except OSError as error:
                self._event_file = None
                self._reporter.event(f"TensorBoard gets no more metrics of this run: {error.strerror}.")
        line = json.dumps({"step": step, "values": tagged}).encode() + b"\n"
        for feed in list(self._feeds):
            self._tell(feed, feed.send(line))

    def end(self, finished: bool) -> None:
        """Close everything; a tracker that takes too long is ended."""
        if self._event_file:
            with suppress(OSError):  # said already, or nothing was lost: each step was flushed
                self._event_file.close()
        line = json.dumps({"finished": finished}).encode() + b"\n"
        for feed in list(self._feeds):
            self._tell(feed, feed.end(line))

    def _tell(self, feed: "Feed", problem: str | None) -> None:
        if problem:
            self._feeds.remove(feed)
            self._reporter.event(f"{feed.title} gets no more metrics of this run: {problem}")


@contextmanager
def tracked(record: RunRecord, after_step: int, reporter: Reporter) -> Iterator[Reporter]:
    """`reporter`, with what it gets of the attempt that begins after `after_step` passed on. Ends with the block."""
    event_file, feeds, run_id = None, [], _run_id(Path(record.output_dir) / EVENTS)
    try:
        event_file = EventFile(Path(record.output_dir) / EVENTS, run_id, after_step)
    except OSError as error:
        reporter.event(f"TensorBoard gets no metrics of this run: {error.strerror}.")
    left_out = {"output_dir", "artifact_ids", "resume_from_checkpoint"}
    run = Run(run_id, record.name, record.model_dump(mode="json", exclude=left_out, exclude_none=True))
    for name in configured(os.environ):
        title, module = SERVICES[name].title, SERVICES[name].module
        if not is_installed(name):
            reporter.event(f"{title} is configured but not installed: pip install {module}.")
            continue
        try:
            feeds.append(Feed(name, run))
        except OSError as error:  # no memory for another process
            reporter.event(f"{title} gets no metrics of this run: {error.strerror}.")
    tracking = Tracking(reporter, event_file, feeds)
    finished = False
    try:
        yield tracking
        finished = True
    finally:
        tracking.end(finished)


def _run_id(folder: Path) -> str:
    """What trackers know the run by: drawn once, and kept in the names of its event files."""
    names = sorted(path.name for path in folder.glob("*tfevents*"))
    return names[0].rpartition(".")[2] if names else os.urandom(6).hex()


def _tag(name: str) -> str:
    """`loss` becomes `train/loss` and `eval_loss` `eval/loss`: one chart group each."""
    return f"eval/{name.removeprefix('eval_')}" if name.startswith("eval_") else f"train/{name}"


class Feed:
    """The child process of one tracker. Nothing here waits, except `end`."""

    def __init__(self, name: str, run: Run):
        self.title = SERVICES[name].title
        self._backlog = bytearray(json.dumps(run._asdict()).encode() + b"\n")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.training.tracking.trackers", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": _IMPORTED, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
            bufsize=0,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(pipe.fileno(), False)
        with suppress(OSError):  # beyond the user's limit for pipes: it stays at 64 KB, and the backlog grows
            fcntl.fcntl(self._process.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, line: bytes) -> str | None:
        """Write as much as the pipe takes. Returns why the tracker can no longer be fed, if so."""
        self._backlog += line
        try:
            while self._backlog and (written := _write(self._process.stdin, self._backlog)):
                del self._backlog[:written]
        except BrokenPipeError:
            return self._last_words()
        if self._process.poll() is not None:
            return self._last_words()
        if len(self._backlog) > _BACKLOG_BYTES:
            self._kill()
            return "it does not keep up."
        return None

    def end(self, line: bytes) -> str | None:
        """Send the last line and wait for the child, briefly. Returns what went wrong, if anything."""
        if problem := self.send(line):
            return problem
        try:
            said, _ = self._process.communicate(bytes(self._backlog), _PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            return f"it had not sent everything {_PATIENCE_SECONDS} s after the end."
        return None if self._process.returncode == 0 else _in_words(said, self._process.returncode)

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        said = self._process.stdout.read(500) or b""
        self._kill()
        return _in_words(said, self._process.returncode)

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def _write(pipe: IO[bytes], content: bytearray) -> int:
    """How many bytes the pipe took; 0 if it is full."""
    try:
        return os.write(pipe.fileno(), content)
    except BlockingIOError:
        return 0


def _in_words(said: bytes, status: int) -> str:
    return said.decode(errors="replace").strip() or f"its process ended with status {status}."
