"""Counts what happens to every row, so that none is lost silently, and writes the figures of a dataset."""

import re
from array import array
from collections import Counter, defaultdict

import numpy as np

from core.data.validation import Drop, Example

_ROWS_NAMED = 20
_TOPICS_NAMED = 30
_BARS = 20
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
    about above after again also another answer because been before being below best between both could describe does
    doing down during each example explain find following from further generate give given have here identify into just
    like list make many might more most much must name need other over please provide rewrite same sentence should show
    some such take tell text than that their them then there these they this those through under used using very want
    were what when where which while will with word words would write your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


class Tally:
    """The figures of one preparation."""

    def __init__(self):
        self.read = 0
        self.kept = 0
        self.duplicates = 0
        self._dropped: dict[Drop, list[int]] = defaultdict(list)
        self._drop_counts: Counter[Drop] = Counter()
        self._cleaned: Counter[str] = Counter()
        self._topics: Counter[str] = Counter()
        self._frequent: Counter[str] = Counter()
        self._words = array("l")

    def drop(self, reason: Drop, row: int) -> None:
        """Row number `row` is left out."""
        self._drop_counts[reason] += 1
        if len(self._dropped[reason]) < _ROWS_NAMED:
            self._dropped[reason].append(row)

    def keep(self, example: Example, words: int, cleaned_by: set[str]) -> None:
        """The example stays; `cleaned_by` are the steps of cleaning that changed it."""
        self.kept += 1
        self._words.append(words)
        self._cleaned.update(cleaned_by)
        if topic := example.get("topic"):
            self._topics[topic] += 1
        else:
            self._frequent.update(set(_WORD.findall(example["instruction"].lower())) - _COMMON)

    def drop_counts(self) -> dict[str, int]:
        """How many rows each reason took, the most frequent first."""
        return {str(reason): count for reason, count in self._drop_counts.most_common()}

    def rows_dropped(self, reason: Drop) -> list[int]:
        """The numbers of the first rows that were dropped for `reason`."""
        return self._dropped[reason]

    def figures(self) -> dict[str, object]:
        """All of it, for the report."""
        topics = self._topics or self._frequent
        return {
            "counts": {"read": self.read, "kept": self.kept, "dropped": self.read - self.kept},
            "duplicates": self.duplicates,
            "dropped": {
                str(reason): {"count": count, "rows": self.rows_dropped(reason)}
                for reason, count in self._drop_counts.most_common()
            },
            "cleaned": dict(self._cleaned.most_common()),
            "lengths": _lengths(np.frombuffer(self._words, dtype=self._words.typecode)),
            "topics": dict(topics.most_common(_TOPICS_NAMED)),
            "topics_from": "column" if self._topics else "frequent words of the instructions",
        }


def _lengths(words: np.ndarray) -> dict[str, object]:
    """Words an example (instruction, input and output together), as figures and as a histogram."""
    edges = np.unique(np.linspace(words.min(), words.max() + 1, _BARS + 1).astype(int))
    counts, _ = np.histogram(words, bins=edges)
    return {
        "unit": "words",
        "min": int(words.min()),
        "median": float(np.median(words)),
        "mean": round(float(words.mean()), 1),
        "p95": float(np.percentile(words, 95)),
        "max": int(words.max()),
        "histogram": [
            {"from": int(low), "below": int(high), "count": int(count)}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    }
