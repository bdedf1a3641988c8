"""Keeping a supervisor alive: the process that starts a child for every job and deployment."""

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
"""How long a new supervisor may take to report before another is started."""
_started: tuple[subprocess.Popen, float] | None = None


def living_supervisor() -> Worker | None:
    """The running supervisor and its resources; None if there is none."""
    return supervisor(store())


def ensure_supervisor(until_idle: bool = False) -> None:
    """Start a supervisor in its own session if none is alive; with `until_idle` it exits when nothing is left to do.

    Two started at once do no harm: the second finds the place taken and exits.
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
    """Stop the supervisor that this process started, if it has nothing left to do."""
    if _started is None or unsettled_deployments(store()):
        return
    if not (is_waiting(store(), tuple(JobKind)) or running_jobs(store())):
        _started[0].terminate()


def supervise_here(gpus: str | None, slots: int | None) -> None:
    """Turn this process into a supervisor; does not return."""
    store()  # reports workspace errors before this process is replaced
    flags = (["--gpus", gpus] if gpus is not None else []) + (["--slots", str(slots)] if slots is not None else [])
    os.chdir(ROOT)
    os.execve(sys.executable, _command(flags), _environment())


def _command(flags: list[str]) -> list[str]:
    return [sys.executable, "-m", "workers", "supervisor", *flags]


def _environment() -> dict[str, str]:
    # The supervisor runs in the repository's folder, so a relative workspace path must be made absolute here.
    return os.environ | {"TUNEWRIGHT_HOME": str(home())}
