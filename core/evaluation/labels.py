"""Datasets whose answers are labels: how many of them a model gets right, and how many the commonest label would."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from core.data.store.datasets import REPORT
from core.evaluation.metrics.words import plain


def holds_labels(dataset: str) -> bool:
    """Whether the report of a dataset says that its answers are labels."""
    report = Path(dataset) / REPORT
    return report.is_file() and bool(json.loads(report.read_text(encoding="utf-8")).get("label_data"))


def label_matches(predictions: list[str], references: list[str]) -> np.ndarray:
    """1 for each prediction that names the right label and nothing else, whatever its case, 0 for the others."""
    pairs = zip(predictions, references, strict=True)
    return np.array([float(plain(said) == plain(expected)) for said, expected in pairs])


def commonest_in_words(references: list[str]) -> str:
    """What a model has to beat: always the label that most examples have."""
    (label, count), *_ = Counter(references).most_common(1)
    return (
        f"The answers are labels: accuracy is the share that is right. Always saying {label!r} would be right in "
        f"{count / len(references):.0%} of these examples."
    )
