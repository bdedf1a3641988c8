"""Running a function of core in a child process, and raising here the error that it reports."""

import json
import os
import subprocess
import sys
from contextlib import suppress

from app.plumbing.inspection import ROOT
from core import errors
from storage.hub_token import hub_environment
from storage.settings import settings


def run_errand(module: str, *arguments: object, deadline_seconds: float | None = None) -> None:
    """Run `python -m module arguments…` to its end.

    Raises the error that it reports (see `core.processes.reported_failure`), or UnavailableError if it crashed or took
    too long.
    """
    errand = start_errand(module, *arguments)
    try:
        said, _ = errand.communicate(timeout=deadline_seconds)
    except subprocess.TimeoutExpired:
        errand.kill()
        errand.communicate()
        raise errors.UnavailableError(
            f"It took more than {deadline_seconds:g} s and was stopped.", "Try again later."
        ) from None
    raise_failure(errand.returncode, said)


def start_errand(module: str, *arguments: object) -> subprocess.Popen[str]:
    """Start `python -m module arguments…`; what it prints can be read from its `stdout`."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT, env=os.environ | hub_environment(settings()), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def raise_failure(status: int, said: str) -> None:
    """Raise the error in the last line of what an errand `said`, if its exit `status` is not 0."""
    if not status:
        return
    reported = None
    with suppress(ValueError):  # killed in the middle of a line
        reported = json.loads((said.splitlines() or ["null"])[-1])
    if not (isinstance(reported, dict) and "type" in reported):
        reported = {
            "type": "UnavailableError", "message": f"Its process exited with status {status}.",
            "remedy": "See the studio's output, then try again.",
        }  # fmt: skip
    raise getattr(errors, reported["type"])(reported["message"], reported["remedy"])
