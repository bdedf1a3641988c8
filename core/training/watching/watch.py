"""Raises the warnings of a run, each once, as events that say what to do."""

from collections.abc import Iterable

from core.machine import this_machine
from core.reporting import Reporter
from core.specs import TrainSpec
from core.training.objectives.examples import TokenizedExample
from core.training.objectives.objective import Example
from core.training.run.checkpoints import RunState
from core.training.watching.warnings import WATCHED, RunWarning, Series, masked, other_device, warnings_in

_EVERY_STEPS = 20
"""Between validations, looking at a long history after every step would cost more than the steps of a small model."""


class Watch:
    """Watches one run. What it has warned of is part of the run's state, so a resumed run does not repeat it."""

    def __init__(self, spec: TrainSpec, total_steps: int, state: RunState, reporter: Reporter):
        self._spec, self._total_steps, self._state, self._reporter = spec, total_steps, state, reporter
        self._series: Series = {name: [] for name in WATCHED}

    def begin(self, examples: list[Example], device: str) -> None:
        """Warn of what is known before the first step, and remember what earlier attempts have reported."""
        self._series |= self._reporter.reported(WATCHED)
        tokenized = [one for one in examples if isinstance(one, TokenizedExample)]
        learned, read = sum(one.answer_tokens for one in tokenized), sum(one.length for one in tokenized)
        found = (read and masked(learned, read), other_device(device, device == "cpu" and this_machine().gpu_bytes))
        self._warn(filter(None, found))

    def note(self, step: int, values: dict[str, float]) -> None:
        """Remember the metrics of `step` that warnings are about."""
        for name in self._series.keys() & values.keys():
            self._series[name].append((step, values[name]))

    def look(self, validated: bool = False) -> None:
        """Warn of what the metrics show now. Called after every step, and after a validation."""
        if validated or self._state.step % _EVERY_STEPS == 0:
            self._warn(warnings_in(self._series, self._spec, self._total_steps))

    def _warn(self, found: Iterable[RunWarning]) -> None:
        for one in found:
            if one.name not in self._state.warned:
                self._state.warned.append(one.name)
                self._reporter.event(one.message, warning=one.name, remedy=one.remedy, step=self._state.step)
