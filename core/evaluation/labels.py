"""Datasets whose answers are class labels, and the majority-class baseline."""

import json
from collections import Counter
from pathlib import Path

from core.data.store.datasets import REPORT
from core.specs.results.report import DataReport


def holds_labels(dataset: str) -> bool:
    """Whether the report of a dataset says that its answers are labels."""
    path = Path(dataset) / REPORT
    if not path.is_file():
        return False
    return DataReport.read(json.loads(path.read_text(encoding="utf-8")), str(path)).label_data


def majority_baseline(references: list[str]) -> str:
    """The accuracy that a model has to beat, in words: that of always answering with the most frequent label."""
    (label, count), *_ = Counter(references).most_common(1)
    return (
        f"The answers are labels: accuracy is the share that is right. Always answering {label!r} would be right in "
        f"{count / len(references):.0%} of these examples."
    )
