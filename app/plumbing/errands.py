"""Running a function of core in a child process, and raising here the error that it reports."""

import json
import os
import subprocess
import sys

from app.plumbing.inspection import ROOT
from core import errors
from storage.hub_token import hub_environment
from storage.settings import settings


def run_errand(module: str, *arguments: object, deadline_seconds: float | None = None) -> None:
    """Run `python -m module arguments…` to its end.

    Raises the error that it reports (see `core.processes.reported_failure`), or UnavailableError if it crashed or took
    too long.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT, env=os.environ | hub_environment(settings()), stdout=subprocess.PIPE, text=True,
            timeout=deadline_seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise errors.UnavailableError(
            f"It took more than {deadline_seconds:g} s and was stopped.", "Try again later."
        ) from None
    if ended.returncode:
        reported = json.loads((ended.stdout.splitlines() or ["null"])[-1]) or {
            "type": "UnavailableError", "message": f"Its process exited with status {ended.returncode}.",
            "remedy": "See the studio's output, then try again.",
        }  # fmt: skip
        raise getattr(errors, reported["type"])(reported["message"], reported["remedy"])
