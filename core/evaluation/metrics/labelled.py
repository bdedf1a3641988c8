"""Answers that are labels: how often each label is right, and what is said in its place."""

import numpy as np
from scipy.sparse import coo_array

from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import plain
from core.specs.results.evaluate import Confusion


class Labelled(LocalMetric):
    """balanced_accuracy: the mean over labels of the share that is right. macro_f1: the mean of their F1.

    Both as scikit-learn computes them over the references' labels; an answer that is none of them is wrong.
    """

    def _compute(self, predictions: list[str], references: list[str]) -> Measures:
        names, said, expected = _places(predictions, references)
        no_example = np.full(len(said), np.nan)  # neither is a mean over examples
        columns = np.arange(len(names))
        true, guessed = expected[:, None] == columns, said[:, None] == columns
        sums = np.hstack([true, guessed, true & guessed]).astype(np.float32)
        return {
            "balanced_accuracy": Measure(no_example, sums, _balanced_accuracy),
            "macro_f1": Measure(no_example, sums, _macro_f1),
        }


def _balanced_accuracy(sums: np.ndarray) -> np.ndarray:
    true, _, both = np.split(sums, 3, axis=-1)
    return _mean_of_ratios(both, true, true > 0)


def _macro_f1(sums: np.ndarray) -> np.ndarray:
    true, guessed, both = np.split(sums, 3, axis=-1)
    return _mean_of_ratios(2 * both, true + guessed, true > 0)


def _mean_of_ratios(above: np.ndarray, below: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The mean over the last axis, where `counted`: a resample may lack a label."""
    ratios = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return (ratios * counted).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)


def confusion_of(predictions: list[str], references: list[str]) -> Confusion:
    """How often each label was answered with each."""
    names, said, expected = _places(predictions, references)
    places = (expected, np.where(said < 0, len(names), said))
    counts = coo_array((np.ones(len(said), int), places), shape=(len(names), len(names) + 1)).toarray()
    return Confusion(labels=names, counts=counts.tolist())


def _places(predictions: list[str], references: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The references' labels, sorted, and which of them is said and expected: int64 (examples,), −1 for none."""
    spelled: dict[str, str] = {}
    for reference in references:
        spelled.setdefault(plain(reference), reference.strip())
    place_of = {label: place for place, label in enumerate(sorted(spelled))}
    said, expected = (
        np.array([place_of.get(plain(text), -1) for text in texts], int) for texts in (predictions, references)
    )
    return [spelled[label] for label in place_of], said, expected
