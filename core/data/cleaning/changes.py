"""Records what cleaning changes: how often each step did, with samples, and the fates of answers."""

from collections import Counter, defaultdict
from enum import StrEnum

from core.data.cleaning.answers import Answers, Fate
from core.data.cleaning.excerpts import around_change

_SAMPLES = 5
_SHOWN = 240
"""Characters of a sample."""


class Step(StrEnum):
    """The cleaning steps, as reports name them."""

    UNICODE = "Unicode"
    HTML = "HTML"
    URLS = "web addresses"
    WHITESPACE = "white space"
    BOILERPLATE = "boilerplate"
    PERSONAL_DATA = "personal data"
    LANGUAGE = "language"


class Changes:
    """The changes to all examples."""

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self.samples: dict[str, list[dict]] = defaultdict(list)
        self.answers = Answers()


class ExampleChanges:
    """The changes to one example."""

    __slots__ = ("_all", "_fates", "_row", "steps")

    def __init__(self, changes: Changes, row: int):
        self._all = changes
        self._row = row
        self.steps: set[str] = set()
        """The steps that changed the example, or dropped it."""
        self._fates: dict[Fate, tuple[str, str]] = {}

    def changed(self, step: Step, before: str, after: str) -> str:
        """Record a change of a text; returns `after`."""
        if self._is_sample(step):
            self._show(step, *around_change(before, after))
        self.steps.add(step)
        return after

    def dropped(self, step: Step, shown: str) -> None:
        """Record that a step dropped the example; `shown` is the text that made it."""
        if self._is_sample(step):
            self._show(step, shown, "")
        self.steps.add(step)

    def answer(self, fate: Fate, before: str, after: str) -> None:
        """Record the fate of an answer; the first of each kind counts."""
        if fate not in self._fates:
            self._fates[fate] = tuple(text[:_SHOWN] for text in around_change(before, after))

    def finish(self) -> None:
        """Add this example to the totals."""
        for step in self.steps:
            self._all.counts[step] += 1
        for fate, texts in self._fates.items():
            self._all.answers.add(fate, self._row, *texts)

    def _is_sample(self, step: Step) -> bool:
        return step not in self.steps and len(self._all.samples[step]) < _SAMPLES

    def _show(self, step: Step, before: str, after: str) -> None:
        self._all.samples[step].append({"row": self._row, "before": before[:_SHOWN], "after": after[:_SHOWN]})
