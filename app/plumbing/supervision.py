"""Sees to it that a supervisor is alive: the process that gives every job and every deployment its child."""

import os
import subprocess
import sys
import time
from pathlib import Path

from app.plumbing.studio import home, store
from core.specs import JobKind
from storage.claims import is_waiting, running_jobs
from storage.rows import Worker
from storage.serving import unsettled_deployments
from storage.workers import supervisor, supervisor_alive

ROOT = Path(__file__).resolve().parents[2]
_STARTING_SECONDS = 15
"""A supervisor just started is given this long to report before another is started beside it."""
_started: tuple[subprocess.Popen, float] | None = None


def living_supervisor() -> Worker | None:
    """Who gives the jobs their processes now, and what it offers; None when nobody does."""
    return supervisor(store())


def ensure_supervisor(until_idle: bool = False) -> None:
    """Start a supervisor in a session of its own when none is alive. `until_idle`: it exits when nothing is left to do.

    Two started at the same moment do no harm: the second finds the place taken and exits.
    """
    global _started
    starting = _started and _started[0].poll() is None and time.monotonic() - _started[1] < _STARTING_SECONDS
    if starting or supervisor_alive(store()):
        return
    logs = home() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            _command(["--until-idle"] if until_idle else []),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
            env=_environment(),
        )
    _started = process, time.monotonic()


def dismiss_idle_supervisor() -> None:
    """Let the supervisor that this process started leave, if there is nothing to look after any more."""
    if _started is None or unsettled_deployments(store()):
        return
    if not (is_waiting(store(), tuple(JobKind)) or running_jobs(store())):
        _started[0].terminate()


def supervise_here(gpus: str | None, slots: int | None) -> None:
    """Turn this process into a supervisor; does not return."""
    store()  # says what is wrong with the workspace before the process is another
    flags = (["--gpus", gpus] if gpus is not None else []) + (["--slots", str(slots)] if slots is not None else [])
    os.chdir(ROOT)
    os.execve(sys.executable, _command(flags), _environment())


def _command(flags: list[str]) -> list[str]:
    return [sys.executable, "-m", "workers", "supervisor", *flags]


def _environment() -> dict[str, str]:
    # The supervisor runs in the checkout's folder: a workspace given relative to ours must not move with it.
    return os.environ | {"TUNEWRIGHT_HOME": str(home())}
