"""Runs the main function of a child process; an expected failure goes to the parent as JSON on standard output."""

import json
from collections.abc import Callable

from core.errors import TunewrightError


def run_and_report(function: Callable[[], None]) -> int:
    """The exit status: 0, or 1 after printing the `type`, `message` and `remedy` of a TunewrightError."""
    try:
        function()
    except TunewrightError as error:
        print(json.dumps({"type": type(error).__name__, "message": error.message, "remedy": error.remedy}))
        return 1
    return 0
