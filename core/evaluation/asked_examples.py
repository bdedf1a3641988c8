"""The examples that an evaluation asks: splits of a dataset, or a file of examples."""

import hashlib
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.errors import InputError
from core.evaluation.labels import holds_labels
from core.examples.example import is_worth_learning
from core.reporting import Reporter
from core.specs import Cleaning, EvaluateSpec, PrepareSpec, Split
from core.specs.names import dataset_folder

_LONGEST_WORDS = 1_000_000_000


class AskedSplit(NamedTuple):
    """The examples of one split, and whether their answers are class labels."""

    split: str
    examples: list[dict]
    labels: bool


def asked_splits(spec: EvaluateSpec, working_folder: Path, reporter: Reporter) -> list[AskedSplit]:
    """The splits that `spec` names, in its order; a file of examples is one split, `test`.

    Such a file is read like one to prepare, into `working_folder`: columns are recognized, rows are neither cleaned nor
    dropped for their length or as duplicates. Raises InputError for an empty split, and what reading raises.
    """
    if spec.test_file:
        folder, splits = _prepared(spec.test_file, working_folder, reporter), (Split.TEST,)
    else:
        folder, splits = spec.dataset, spec.splits or (spec.split,)
    return [AskedSplit(str(split), _examples(spec, folder, split), holds_labels(folder)) for split in splits]


def _prepared(test_file: str, working_folder: Path, reporter: Reporter) -> str:
    """The folder of the dataset made of a file; an earlier attempt's is used again."""
    path = Path(test_file)
    stat = path.stat() if path.exists() else None
    known = f"{path}:{stat and (stat.st_size, stat.st_mtime_ns)}"
    spec = PrepareSpec(
        name=f"asked-{hashlib.sha256(known.encode()).hexdigest()[:16]}", output_dir=str(working_folder), source="file",
        input_file=test_file, train_ratio=0, val_ratio=0, test_ratio=1, min_words=0, max_words=_LONGEST_WORDS,
        dedupe="off", cleaning=Cleaning(unicode=False, html=False, urls=False, whitespace=False),
    )  # fmt: skip
    folder = dataset_folder(spec)
    return str(folder) if folder.exists() else prepare(spec, reporter).path


def _examples(spec: EvaluateSpec, folder: str, split: Split) -> list[dict]:
    examples = list(islice(filter(is_worth_learning, read_split(folder, split)), spec.limit))
    if not examples:
        raise InputError(
            f"The {split} split of {Path(folder).name} is empty, or all its answers are judged bad.",
            "Choose another split.",
        )
    return examples
