"""The progress of an evaluation, in units of work rather than examples."""

from core.inference.engine import OnDone
from core.reporting import Reporter, Stopped

LOSS_EFFORT, ANSWER_EFFORT = 1, 10
"""Generating an answer costs about as much as ten losses."""
GENERAL_EFFORT = 4
"""An answer to the general set is shorter."""


class Progress:
    """Reports how much of all the work is done, of `total` units."""

    def __init__(self, reporter: Reporter, total: float):
        self._reporter = reporter
        self._total = total
        self._done = 0.0

    def of(self, name: str, effort: float, answered_before: int = 0) -> OnDone:
        """The callback for work that takes `effort` an example, `answered_before` of which an earlier attempt did.

        It raises Stopped when the job is to stop.
        """

        def done(examples: float) -> None:
            if request := self._reporter.stop_requested():
                raise Stopped(request)
            self._done += examples * effort
            self._reporter.progress(round(self._done, 1), self._total, f"evaluating: {name}")

        done(answered_before)
        return done
