"""Compares what is trained on with what is for checking: the splits of a dataset, and those of others in the studio."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.overlap.leakage import Pairs, Prints, leaks_between, leaks_between_splits, worth_comparing
from core.data.overlap.near import sketches
from core.data.overlap.selection import Selection
from core.data.screening.kept import whole_text
from core.data.screening.validation import digest_of, plain
from core.data.store.datasets import open_tables
from core.errors import TunewrightError
from core.examples.example import question_text, shape_of
from core.examples.roles import SHAPE_COLUMNS
from core.specs import PrepareSpec, Split

_ROWS_AT_ONCE = 2_000
_NAMED = 20


@dataclass(frozen=True)
class Leaks:
    """Examples of one split that stand in another, or in a split for checking of another dataset."""

    pairs: Pairs = field(default_factory=list)
    """Within the dataset: the example to go first, the other, their similarity."""
    elsewhere: dict[str, np.ndarray] = field(default_factory=dict)
    """By the name of the other dataset: the examples of the training split that stand there."""
    compared: tuple[str, ...] = ()
    """The names of the other datasets that were looked at."""
    near_allowed: bool = False
    """The person let near duplicates stand in different splits."""

    @property
    def only_as_allowed(self) -> bool:
        """Whether all there is within the dataset are near duplicates, which may be there."""
        return self.near_allowed and all(alike < 1 for _, _, alike in self.pairs)

    @property
    def offending(self) -> np.ndarray:
        """The examples without which none leaks."""
        inside = np.array([first for first, _, _ in self.pairs], np.int64)
        return np.unique(np.concatenate([inside, *self.elsewhere.values()]))


class Checks:
    """What another dataset has for checking, its validation and test splits, read from its mapped files."""

    def __init__(self, folder: Path):
        """Opens the files and reads no row. Raises a TunewrightError or OSError where they cannot be read."""
        self.name = dataset_name(folder)
        tables = open_tables(folder)
        self._batches = []
        for split in (Split.VALIDATION, Split.TEST):
            if split in tables:
                names = tables[split].column_names
                texts = dict.fromkeys((*SHAPE_COLUMNS[shape_of(names)], "system", "tools"))
                self._columns = [name for name in texts if name in names]
                self._batches += tables[split].select(self._columns).to_batches(max_chunksize=_ROWS_AT_ONCE)
        self._starts = np.cumsum([0, *(len(batch) for batch in self._batches)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def prints(self) -> Prints:
        """For exact matches alone."""
        examples, questions = [], []
        for batch in self._batches:
            for example in batch.to_pylist():
                examples.append(digest_of("\x1f".join([example[name] for name in self._columns])))
                questions.append(examples[-1] if "text" in example else digest_of(plain(question_text(example))))
        return Prints(*(np.frombuffer(b"".join(digests), np.uint64) for digests in (examples, questions)))

    @cached_property
    def sketched(self) -> Prints:
        """For near matches too."""
        made = [sketches([whole_text(example) for example in batch.to_pylist()]) for batch in self._batches]
        return replace(self.prints, sketches=np.concatenate(made), text_of=self._texts)

    def _texts(self, which: np.ndarray) -> list[str]:
        """The texts of the examples with these numbers, which rise."""
        homes = np.searchsorted(self._starts, which, side="right") - 1
        texts = []
        for home in np.unique(homes):
            mine = self._batches[home].take(pa.array(which[homes == home] - self._starts[home]))
            texts += map(whole_text, mine.to_pylist())
        return texts


def open_others(spec: PrepareSpec) -> tuple[list[Checks], list[str]]:
    """What `spec` says to compare with, as far as there are rows in it, and in words what is not compared with."""
    others, notes = [], []
    for folder in map(Path, spec.compare_with):
        try:
            others.append(Checks(folder))
        except (TunewrightError, OSError):
            why = "cannot be read" if folder.exists() else "was deleted in the meantime"
            notes.append(f"not compared with {dataset_name(folder)}: it {why}")
    if left_out := [dataset_name(Path(folder)) for folder in spec.not_compared_with]:
        more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        notes.append(f"not compared with these evaluation sets of the studio: {', '.join(left_out[:_NAMED])}{more}")
    return [checks for checks in others if len(checks)], notes


def find_leaks(selection: Selection, spec: PrepareSpec, others: list[Checks]) -> Leaks:
    """Every leak between the splits, and from what the others have for checking into the training split."""
    mine = selection.indices
    prints = selection.prints()
    pairs: Pairs = []
    may_leak = spec.split_by == "given" or not spec.keep_together or selection.near_parted
    if may_leak:  # else what is alike stands in one split already
        found = leaks_between_splits(prints, selection.splits[mine], spec.near_threshold)
        pairs = [(int(mine[first]), int(mine[other]), alike) for first, other, alike in found]
    trained = np.flatnonzero(selection.splits[mine] == list(Split).index(Split.TRAIN))
    elsewhere = _elsewhere(prints.of(trained), others, spec.near_threshold) if others and len(trained) else {}
    return Leaks(
        pairs,
        {name: mine[trained[found]] for name, found in elsewhere.items()},
        tuple(checks.name for checks in others),
        near_allowed=not spec.keep_together,
    )


def _elsewhere(seen: Prints, others: list[Checks], threshold: float) -> dict[str, np.ndarray]:
    """By the name of a dataset, the indices in `seen` that stand in what it has for checking."""
    checks = [one.prints if seen.sketches is None else one.sketched for one in others]
    maybe = worth_comparing(seen, checks, threshold)
    few, found = seen.of(maybe), {}
    for other, prints in zip(others, checks, strict=True):
        if pairs := leaks_between(few, prints, threshold):
            here = maybe[np.unique([one for one, _, _ in pairs])]
            found[other.name] = np.union1d(found.get(other.name, here), here)
    return found


def dataset_name(folder: Path) -> str:
    """What a dataset is called, by its folder."""
    return folder.name.removesuffix("_dataset")
