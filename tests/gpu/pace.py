"""The time that is left, how the parts share it, and the time that steps take."""

import time

from tests.gpu.card import synchronize

SHARES = {"speed": 0.42, "trl": 0.2, "methods": 0.26, "checks": 0.12}
"""The parts, in their order, and their shares of the time. What one leaves goes to those after it."""

_ENOUGH_SECONDS, _FEWEST, _MOST = 3.0, 2, 10


class Budget:
    """Seconds from now on."""

    def __init__(self, seconds: float):
        self._ends_at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._ends_at - time.monotonic()


class Pace:
    """Times the steps of a training after the first, which warms up, until there are enough of them."""

    def __init__(self, budget: Budget):
        self._budget = budget
        self._done_at: list[float] = []

    def step_done(self) -> None:
        """To be called at the end of each step."""
        synchronize()
        self._done_at.append(time.perf_counter())

    @property
    def is_enough(self) -> bool:
        """Whether more steps would add little, or there is no time for them."""
        counted = len(self._done_at) - 1
        long_enough = counted >= _FEWEST and self._spent >= _ENOUGH_SECONDS
        return counted >= _MOST or long_enough or self._budget.left <= 0

    @property
    def step_seconds(self) -> float | None:
        """The mean of the timed steps; None without any."""
        counted = len(self._done_at) - 1
        return self._spent / counted if counted > 0 else None

    @property
    def _spent(self) -> float:
        return self._done_at[-1] - self._done_at[0]
