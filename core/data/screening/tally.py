"""Counts what happens to every row, so that none disappears silently."""

from collections import Counter, defaultdict

import numpy as np

from core.data.cleaning import Answers
from core.data.screening.screened import Screened
from core.data.shapes.caveats import Caveat
from core.examples.drops import Drop

_ROWS_NAMED = 20
_SAMPLES = 5


class Tally:
    """The counts of one preparation."""

    def __init__(self):
        self.read = 0
        self._dropped: dict[Drop, list[int]] = defaultdict(list)
        self._drop_counts: Counter[Drop] = Counter()
        self._cleaned: Counter[str] = Counter()
        self._samples: dict[str, list[dict]] = defaultdict(list)
        self.answers = Answers()
        """What cleaning did to answers."""
        self.unused: set[str] = set()
        """Paths that appeared after the first rows and that no role reads."""
        self._caveats: dict[Caveat, list[int]] = defaultdict(list)
        self._caveat_counts: Counter[Caveat] = Counter()

    def add(self, screened: Screened) -> None:
        """Count a screened batch."""
        self.read += screened.read
        for row, reason in screened.drops:
            self._count(reason, [row], 1)
        for row, caveat in screened.caveats:
            self._caveat_counts[caveat] += 1
            if len(named := self._caveats[caveat]) < _ROWS_NAMED:
                named.append(row)
        self.unused |= screened.unused
        self._cleaned.update(screened.cleaned)
        self.answers.update(screened.fates)
        for step, samples in screened.samples.items():
            self._samples[step] = (self._samples[step] + samples)[:_SAMPLES]

    def drop(self, reason: Drop, rows: np.ndarray) -> None:
        """Count rows that passed screening and were dropped later."""
        self._count(reason, np.sort(rows)[:_ROWS_NAMED].tolist(), len(rows))

    def _count(self, reason: Drop, rows: list[int], count: int) -> None:
        self._drop_counts[reason] += count
        named = self._dropped[reason]
        named += rows[: _ROWS_NAMED - len(named)]

    def drop_counts(self) -> dict[str, int]:
        """The number of rows dropped for each reason, the most frequent first."""
        return {str(reason): count for reason, count in self._drop_counts.most_common()}

    def rows_dropped(self, reason: Drop) -> list[int]:
        """The numbers of the first rows dropped for `reason`."""
        return self._dropped[reason]

    def caveats(self) -> list[tuple[Caveat, int, list[int]]]:
        """Each caveat with the number of rows it applies to and the first row numbers."""
        return [(caveat, count, self._caveats[caveat]) for caveat, count in self._caveat_counts.most_common()]

    def figures(self) -> dict[str, object]:
        """All counts, for the report."""
        dropped = sum(self._drop_counts.values())
        return {
            "counts": {"read": self.read, "kept": self.read - dropped, "dropped": dropped},
            "dropped": {
                str(reason): {"count": count, "rows": self.rows_dropped(reason)}
                for reason, count in self._drop_counts.most_common()
            },
            "cleaned": {str(step): count for step, count in self._cleaned.most_common()},
            "cleaning": {
                str(step): {"count": count, "samples": self._samples[step]}
                for step, count in self._cleaned.most_common()
            },
        }
