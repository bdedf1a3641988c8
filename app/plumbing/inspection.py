"""Client of the inspector: a warm child process that reads files and datasets, so that no ML library loads here."""

import atexit
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO, Any

from app.plumbing.studio import home
from core import errors
from core.full_disk import means_full_disk
from core.processes.line_child import LineChild, LineChildError

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
_MOST_WAITING = 24
"""Questions at once, of which one is being answered: more waiting threads would starve the web server."""
_places = threading.BoundedSemaphore(_MOST_WAITING)


def ask(call: str, deadline_seconds: float = 10, **arguments: object) -> Any:
    """The inspector's answer to `call`, one of `workers.inspections.CALLS`. The first call also waits for its start.

    Raises the TunewrightError that the call raised; UnavailableError if it took too long or crashed the inspector,
    which is then restarted; BusyError if too many are waiting.
    """
    question = {"call": call, "arguments": arguments}
    if not _places.acquire(blocking=False):
        raise errors.BusyError("Too many requests are reading data already.", "Try again in a moment.")
    try:
        answer = _inspector().ask(question, deadline_seconds, "reading the data")
    except LineChildError as error:
        raise errors.UnavailableError(
            f"The process that reads data {error.message}.", "Try again, or use a smaller file."
        ) from None
    finally:
        _places.release()
    if "error" in answer:
        reported = answer["error"]
        raise getattr(errors, reported["type"], errors.TunewrightError)(reported["message"], reported["remedy"])
    return answer["value"]


@cache
def _inspector() -> LineChild:
    child = LineChild(
        [sys.executable, "-m", "workers", "inspector"],
        _START_SECONDS,
        cwd=ROOT,
        env=os.environ | {"TUNEWRIGHT_HOME": str(home())},
        stderr=_log(),
    )
    atexit.register(child.close)
    return child


def _log() -> IO | int:
    """The inspector's log file; none if the disk is full."""
    logs = home() / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
        return (logs / "inspector.log").open("ab")
    except OSError as error:
        if not means_full_disk(error):
            raise
        return subprocess.DEVNULL
