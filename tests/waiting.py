"""Waiting for a state instead of a clock: a busy machine makes a test slower, and never makes it fail."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 600
"""Only a hang takes this long without anything happening."""
PATIENCE_MS = PATIENCE_SECONDS * 1000
_LOOK_SECONDS = 0.05
_CALCULATION_SECONDS = 0.5


def until(
    holds: Callable[[], Found],
    lost: Callable[[], object] = lambda: None,
    progress: Callable[[], object] = lambda: None,
) -> Found:
    """Poll `holds` until it returns something true, and return that.

    Raises AssertionError with what `lost` returns as soon as that is true (what is waited for has died or ended), or
    when `progress` has returned the same for PATIENCE_SECONDS.
    """
    at, seen = progress(), time.monotonic()
    while not (found := holds()):
        if why := lost():
            found = holds()  # it may have come true between the two looks
            assert found, why
            return found
        if time.monotonic() - seen > PATIENCE_SECONDS:
            before, at, seen = at, progress(), time.monotonic()
            assert at != before, f"nothing has moved for {PATIENCE_SECONDS} s: {at}"
        time.sleep(_LOOK_SECONDS)
    return found


def soon_enough(seconds: float, limit: float) -> bool:
    """Whether something that took `seconds` would have taken less than `limit` on a quiet machine.

    On one that is busy, the limit grows by how much longer a calculation takes there than the CPU time it needs.
    """
    return seconds < limit or seconds < limit * _slowness()


def _slowness() -> float:
    began, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < _CALCULATION_SECONDS:
        pass
    return (time.monotonic() - began) / _CALCULATION_SECONDS
