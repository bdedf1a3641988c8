"""Datasets whose answers are class labels: accuracy, and the majority-class baseline."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from core.data.store.datasets import REPORT
from core.evaluation.metrics.words import plain
from core.specs.results.report import DataReport


def holds_labels(dataset: str) -> bool:
    """Whether the report of a dataset says that its answers are labels."""
    path = Path(dataset) / REPORT
    if not path.is_file():
        return False
    return DataReport.read(json.loads(path.read_text(encoding="utf-8")), str(path)).label_data


def label_matches(predictions: list[str], references: list[str]) -> np.ndarray:
    """float64, shape (examples,): 1 where the prediction is the label, in any case, and nothing else; 0 elsewhere."""
    pairs = zip(predictions, references, strict=True)
    return np.array([float(plain(said) == plain(expected)) for said, expected in pairs])


def majority_baseline(references: list[str]) -> str:
    """The accuracy that a model has to beat, in words: that of always answering with the most frequent label."""
    (label, count), *_ = Counter(references).most_common(1)
    return (
        f"The answers are labels: accuracy is the share that is right. Always answering {label!r} would be right in "
        f"{count / len(references):.0%} of these examples."
    )
