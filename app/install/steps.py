"""The steps of the set-up: progress lines, commands with logs, and stamps for what is done."""

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
BUILD = VENV / "build"  # logs and sources; removed when the set-up is complete
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
    """Print a progress line, preceded by the seconds since the start."""
    print(f"{time.monotonic() - _started:4.0f} s  {text}", flush=True)


def run(name: str, command: list[str], seconds: float | None = None, **environment: str) -> None:
    """Run `command`, logging its output under the step's name. Raises CommandError, also on a timeout (`seconds`)."""
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
    """Raise SetupError if another step has failed, so that step `name` neither starts nor waits."""
    if _stopping.is_set():
        raise SetupError(f"the step '{name}' was not started")


def stop_running() -> None:
    """Stop the running commands with all their children (a compiler has many), and start no more."""
    with _lock:
        _stopping.set()
        for process in _running:
            os.killpg(process.pid, signal.SIGTERM)


def is_done(step: str, key: str) -> bool:
    """Whether `step` was finished with this key, which identifies its inputs."""
    return stamp(step) == key


def stamp(step: str) -> str | None:
    """The key with which `step` was last finished."""
    return _stamps().get(step)


def mark_done(step: str, key: str) -> None:
    """Stamp `step` as done, so that the next set-up skips it."""
    with _lock:
        beside = STAMP.with_suffix(".new")
        beside.write_text(json.dumps({**_stamps(), step: key}, indent=2) + "\n")
        beside.replace(STAMP)


def _stamps() -> dict[str, str]:
    return json.loads(STAMP.read_text()) if STAMP.exists() else {}
