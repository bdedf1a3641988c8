"""Counts what cleaning did to answers, or would have done. The model learns answers, so every change to one counts."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

_ROWS, _SAMPLES = 20, 5


class Fate(StrEnum):
    """What happened to an answer with content that a step removes."""

    LEFT = "left"
    SHORTENED = "shortened"
    EMPTIED = "emptied"


@dataclass
class Answers:
    """For each fate: how many rows, the first row numbers, and samples before and after."""

    counts: Counter[Fate] = field(default_factory=Counter)
    rows: dict[Fate, list[int]] = field(default_factory=dict)
    samples: dict[Fate, list[dict]] = field(default_factory=dict)
    """{"row", "before", "after"}; for answers left as they are, `after` is what the step would have produced."""

    def add(self, fate: Fate, row: int, before: str, after: str) -> None:
        """Count one row."""
        one = Answers(Counter([fate]), {fate: [row]}, {fate: [{"row": row, "before": before, "after": after}]})
        self.update(one)

    def update(self, other: "Answers") -> None:
        """Add the counts of another."""
        self.counts.update(other.counts)
        for mine, others, most in ((self.rows, other.rows, _ROWS), (self.samples, other.samples, _SAMPLES)):
            for fate, more in others.items():
                mine[fate] = (mine.get(fate, []) + more)[:most]
