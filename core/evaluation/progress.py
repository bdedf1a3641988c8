"""The progress of an evaluation, in units of work rather than examples."""

from core.evaluation.scorers import OnDone
from core.reporting import Reporter, Stopped

_LOSS_EFFORT, _ANSWER_EFFORT = 1, 10
"""Generating an answer costs about as much as ten losses."""


class Progress:
    """Reports how much of all the work is done."""

    def __init__(self, reporter: Reporter, examples: int, models: int, generates: bool):
        self._reporter = reporter
        self._total = examples * models * (_LOSS_EFFORT + _ANSWER_EFFORT * generates)
        self._done = 0.0

    def of_losses(self, role: str) -> OnDone:
        """The callback for a model that measures losses; it raises Stopped when the job is to stop."""
        return self._stage(f"loss of {role}", _LOSS_EFFORT)

    def of_answers(self, role: str) -> OnDone:
        """The same for a model that generates."""
        return self._stage(f"answers of {role}", _ANSWER_EFFORT)

    def _stage(self, name: str, effort: float) -> OnDone:
        def done(examples: float) -> None:
            if request := self._reporter.stop_requested():
                raise Stopped(request)
            self._done += examples * effort
            self._reporter.progress(round(self._done, 1), self._total, name)

        return done
