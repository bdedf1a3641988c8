"""Quality statistics of a dataset, computed on all examples or on a random sample of many."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from core.data.overlap.selection import Selection
from core.data.report.pools import pool_for
from core.data.report.quality import Quality, QualityChecker, check_quality
from core.data.report.token_lengths import TokenCounter, TokenLengths, measure_tokens
from core.data.screening.kept import Kept
from core.data.splitting.seeded_order import shuffled
from core.errors import TunewrightError
from core.specs import PrepareSpec

_CHECKED, _TOKENIZED = 10_000, 20_000
"""Up to this many examples, all are checked one by one, and tokenized."""
_CHECKED_OF_MORE, _TOKENIZED_OF_MORE = 3_000, 2_000
"""The size of the random sample from a larger dataset."""


@dataclass
class Statistics:
    """What was measured."""

    quality: Quality = field(default_factory=Quality)
    topics: Counter = field(default_factory=Counter)
    """Examples by topic."""
    judged: Counter = field(default_factory=Counter)
    """Examples by their label, good or bad."""
    tokens: TokenLengths | None = None
    tokens_failed: str = ""
    """Why the lengths in tokens could not be measured."""


class Measuring:
    """Measures the remaining examples. Processes for many start up while duplicates are still being searched for."""

    def __init__(self, kept: Kept, spec: PrepareSpec):
        self._spec = spec
        checked, tokenized = (
            len(kept) if len(kept) <= all_of else of_more
            for all_of, of_more in ((_CHECKED, _CHECKED_OF_MORE), (_TOKENIZED, _TOKENIZED_OF_MORE))
        )
        self._checkers = pool_for(partial(QualityChecker, kept), checked)
        self._counters = pool_for(partial(TokenCounter, kept, spec), tokenized)

    def of(self, selection: Selection) -> Statistics:
        """The statistics: quality and token lengths from separate samples, topics and labels of all examples."""
        with ThreadPoolExecutor(1) as aside:
            sample = _sample(selection, _TOKENIZED, _TOKENIZED_OF_MORE)
            counting = aside.submit(measure_tokens, selection, self._spec, sample, self._counters)
            sample = _sample(selection, _CHECKED, _CHECKED_OF_MORE)
            found = Statistics(check_quality(selection, sample, self._checkers))
            for name, column in (("topics", "topic"), ("judged", "label")):
                if column in selection.kept.columns:
                    setattr(found, name, _counted(selection, column))
            try:
                found.tokens = counting.result()
            except TunewrightError as error:  # a dataset can be made without the model at hand
                found.tokens_failed = f"{error.message} {error.remedy}".strip()
        return found

    def close(self) -> None:
        """End the processes."""
        for pool in filter(None, (self._checkers, self._counters)):
            pool.close()


def _sample(selection: Selection, most: int, of_more: int) -> np.ndarray:
    """The remaining examples, or a random `of_more` of them if there are more than `most`.

    The sample does not depend on the order of the file.
    """
    mine = selection.indices
    if len(mine) <= most:
        return mine
    return np.sort(mine[shuffled(selection.kept.digests[mine], seed=0)[:of_more]])


def _counted(selection: Selection, column: str) -> Counter:
    """How many remaining examples have each value of a column of labels; empty values do not count."""
    codes, names = selection.kept.codes(column)
    counts = np.bincount(codes[selection.indices], minlength=len(names))
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if name and count})
