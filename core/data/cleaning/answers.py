"""What cleaning did to answers, and what it would have done: an answer is what the model learns to say."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

_ROWS, _SAMPLES = 20, 5


class Fate(StrEnum):
    """What became of an answer that holds what a step takes out."""

    LEFT = "left"
    SHORTENED = "shortened"
    EMPTIED = "emptied"


@dataclass
class Answers:
    """Rows by the fate of their answers: how many, the first of them, and some before and after."""

    counts: Counter[Fate] = field(default_factory=Counter)
    rows: dict[Fate, list[int]] = field(default_factory=dict)
    samples: dict[Fate, list[dict]] = field(default_factory=dict)
    """{"row", "before", "after"}; of answers that were left, `after` is what the step would have made of them."""

    def add(self, fate: Fate, row: int, before: str, after: str) -> None:
        """Count a row."""
        one = Answers(Counter([fate]), {fate: [row]}, {fate: [{"row": row, "before": before, "after": after}]})
        self.update(one)

    def update(self, other: "Answers") -> None:
        """Count what another counted too."""
        self.counts.update(other.counts)
        for mine, others, most in ((self.rows, other.rows, _ROWS), (self.samples, other.samples, _SAMPLES)):
            for fate, more in others.items():
                mine[fate] = (mine.get(fate, []) + more)[:most]
