"""What a step of the set-up is: a line that says so, a command with a log, a stamp that it is done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
BUILD = VENV / "build"  # logs and sources while they are needed; gone when the set-up is whole
STAMP = VENV / "tunewright-install.json"

LOG_LINES_SHOWN = 12

_started = time.monotonic()
_lock = threading.Lock()
_running: set[subprocess.Popen] = set()
_stopping = threading.Event()


class SetupError(Exception):
    """What is wrong and what to do about it, in one line."""


class CommandError(SetupError):
    """A command of the set-up failed: one line on how it ended, then the end of its output."""

    def __init__(self, step: str, status: int, log: Path):
        self.crashed = status < 0
        end = "by " + signal.Signals(-status).name if self.crashed else f"with exit code {status}"
        lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES_SHOWN:]
        super().__init__("\n    ".join([f"the step '{step}' ended {end} (whole log: {log})", *lines]))


def say(text: str) -> None:
    """Print one line of progress behind the seconds since the set-up began."""
    print(f"{time.monotonic() - _started:4.0f} s  {text}", flush=True)


def run(name: str, command: list[str], seconds: float | None = None, **environment: str) -> None:
    """Run `command` with its output in a log named after the step; raises CommandError, also after so many seconds."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{name}.log"
    with log.open("wb") as output:
        with _lock:
            refuse_while_stopping(name)
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            _running.add(process)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        with _lock:
            _running.discard(process)
    if status != 0:
        raise CommandError(name, status, log)


def refuse_while_stopping(name: str) -> None:
    """Raise SetupError where another step has failed, so that `name` is not to begin, or to wait, any more."""
    if _stopping.is_set():
        raise SetupError(f"the step '{name}' was not begun")


def stop_running() -> None:
    """End the commands that still run, with all their children (a compiler has many), and begin no other."""
    with _lock:
        _stopping.set()
        for process in _running:
            os.killpg(process.pid, signal.SIGTERM)


def is_done(step: str, key: str) -> bool:
    """Whether `step` was finished with this very key (what went into it)."""
    return stamp(step) == key


def stamp(step: str) -> str | None:
    """The key that `step` was last finished with."""
    return _stamps().get(step)


def mark_done(step: str, key: str) -> None:
    """Remember that `step` is finished, so that neither an interrupted nor a second set-up repeats it."""
    with _lock:
        beside = STAMP.with_suffix(".new")
        beside.write_text(json.dumps({**_stamps(), step: key}, indent=2) + "\n")
        beside.replace(STAMP)


def _stamps() -> dict[str, str]:
    return json.loads(STAMP.read_text()) if STAMP.exists() else {}
