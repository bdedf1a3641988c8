"""How answers are, whatever the reference: varied or repetitive, long or short, ended or cut off, refused."""

from collections.abc import Iterable
from itertools import islice

import numpy as np

from core.data.cleaning.refusals import looks_refused
from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import pieces, words

_REPEATED = 4


class Style(LocalMetric):
    """distinct_1, distinct_2: different words, and pairs of words, over all of them, in all answers (Li et al. 2016).

    repetition: the share of an answer's runs of four words that it has used before (rep-4, Welleck et al. 2020);
    answers of fewer words do not count. mean_length: words as written. refusals: the share of answers that refuse, by
    patterns for English and German.
    """

    COLUMNS = {"predictions": "string"}

    def _compute(self, predictions: list[str]) -> Measures:
        said = [words(text) for text in predictions]
        return {
            "distinct_1": _distinct(said, 1),
            "distinct_2": _distinct(said, 2),
            "repetition": Measure(np.array([1 - _share_distinct(list(ngrams(text, _REPEATED))) for text in said])),
            "mean_length": Measure.ratio([len(pieces(text)) for text in predictions], np.ones(len(predictions))),
            "refusals": Measure(np.array([float(looks_refused(text)) for text in predictions])),
        }


def ngrams(said: list[str], length: int) -> Iterable[tuple[str, ...]]:
    """All runs of `length` words."""
    return zip(*(islice(said, start, None) for start in range(length)), strict=False)


def _share_distinct(found: list) -> float:
    return len(set(found)) / len(found) if found else np.nan


def _distinct(said: list[list[str]], length: int) -> Measure:
    """Of all answers together; an example's is that of its own answer."""
    shares, different, count = [], set(), 0
    for text in said:
        found = list(ngrams(text, length))
        shares.append(_share_distinct(found))
        different.update(found)
        count += len(found)
    return Measure(np.array(shares), whole=len(different) / count if count else np.nan)
