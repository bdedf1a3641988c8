"""Whether an answer is the reference: letter for letter, apart from case and marks, by its words, by its number."""

from collections import Counter

import numpy as np

from core.answers.numbers import last_number
from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import normalized, pieces, plain
from core.specs.results.metrics import CLOSE

NAMES = ("exact_match", "accuracy", "close", "f1", "number_match")


class Matches(LocalMetric):
    """exact_match: equal but for surrounding white space. f1: token F1 of the words that SQuAD's normalization leaves.

    accuracy: equal after that normalization (case, punctuation, articles, white space); of `labels`, equal but for
    case, white space and what surrounds them, so that C and C++ differ. close: that, or a token F1 of at least CLOSE.
    number_match: the last numbers are equal; references without a number do not count.
    """

    def _compute(self, predictions: list[str], references: list[str], labels: bool = False) -> Measures:
        rows = [_matches(*pair, labels) for pair in zip(predictions, references, strict=True)]
        return {name: Measure(column) for name, column in zip(NAMES, np.array(rows, float).T, strict=True)}


def _matches(prediction: str, reference: str, labels: bool) -> tuple[float, ...]:
    """In the order of NAMES."""
    said, expected = normalized(prediction), normalized(reference)
    # Normalizing leaves nothing of `+` or `the`, and makes C of C++: there, and for labels, more is compared.
    same = plain(prediction) == plain(reference) if labels or not expected else said == expected
    number, shared = last_number(reference), token_f1(pieces(said), pieces(expected))
    return (
        prediction.strip() == reference.strip(),
        same,
        same or shared >= CLOSE,
        shared,
        np.nan if number is None else last_number(prediction) == number,
    )


def token_f1(said: list[str], expected: list[str]) -> float:
    """Harmonic mean of precision and recall over the words, counting repeats."""
    if not said or not expected:
        return float(said == expected)
    shared = sum((Counter(said) & Counter(expected)).values())
    return 2 * shared / (len(said) + len(expected))
