"""The examples that an evaluation asks: splits of a dataset, or a file of examples."""

import hashlib
import json
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from core.data.preparing.prepare import prepare
from core.data.store.datasets import REPORT, read_split
from core.errors import InputError
from core.evaluation.labels import holds_labels
from core.examples.example import is_worth_learning
from core.reporting import Reporter
from core.specs import Cleaning, EvaluateSpec, PrepareSpec, Split
from core.specs.names import dataset_folder
from core.specs.results.report import DataReport

_LONGEST_WORDS = 1_000_000_000
_JUDGED_BAD = "answer is judged bad"


class AskedSplit(NamedTuple):
    """The examples of one split, whether their answers are class labels, and what was left out, in words."""

    split: str
    examples: list[dict]
    labels: bool
    left_out: str = ""


def asked_splits(spec: EvaluateSpec, working_folder: Path, reporter: Reporter) -> list[AskedSplit]:
    """The splits that `spec` names, in its order; a file of examples is one split, `test`.

    Such a file is read like one to prepare, into `working_folder`: columns are recognized, rows keep their order and
    are neither cleaned nor dropped for their length or as duplicates; those that ask or answer nothing are left out.
    Raises InputError for an empty split, and what reading raises.
    """
    if spec.test_file:
        folder, splits = _prepared(spec.test_file, working_folder, reporter), (Split.TEST,)
    else:
        folder, splits = spec.dataset, spec.splits or (spec.split,)
    return [_asked(spec, folder, split) for split in splits]


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


def _asked(spec: EvaluateSpec, folder: str, split: Split) -> AskedSplit:
    rows = read_split(folder, split)
    if spec.test_file:  # a dataset's splits are shuffled, a file is asked from its beginning
        rows = sorted(rows, key=itemgetter("row"))
    left_out = {reason: one.count for reason, one in _report(folder).dropped.items()} if spec.test_file else {}
    examples = []
    for row in rows:
        if not is_worth_learning(row):
            left_out[_JUDGED_BAD] = left_out.get(_JUDGED_BAD, 0) + 1
        elif len(examples) == spec.limit:
            break
        else:
            examples.append(row)
    if not examples:
        raise InputError(
            f"The {split} split of {Path(folder).name} is empty, or all its answers are judged bad.",
            "Choose another split.",
        )
    return AskedSplit(str(split), examples, holds_labels(folder), _in_words(left_out, spec, split))


def _report(folder: str) -> DataReport:
    path = Path(folder) / REPORT
    return DataReport.read(json.loads(path.read_text(encoding="utf-8")), str(path))


def _in_words(left_out: dict[str, int], spec: EvaluateSpec, split: Split) -> str:
    if not left_out:
        return ""
    where = Path(spec.test_file).name if spec.test_file else f"the {split} split"
    reasons = "; ".join(f"{reason}: {count:,}" for reason, count in left_out.items())
    return f"Rows of {where} that were not asked: {sum(left_out.values()):,} ({reasons})."
