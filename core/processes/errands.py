"""Errands: functions that run once, in a process of their own, and say in JSON on standard output what went wrong."""

import json
from collections.abc import Callable

from core.errors import TunewrightError


def run(errand: Callable[[], None]) -> int:
    """The exit status: 0, or 1 after an expected failure was told with its `type`, `message` and `remedy`."""
    try:
        errand()
    except TunewrightError as error:
        print(json.dumps({"type": type(error).__name__, "message": error.message, "remedy": error.remedy}))
        return 1
    return 0
