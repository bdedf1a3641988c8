"""Compares what is trained on with what is for checking: the splits of a dataset, and those of others in the studio."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.data.datasets import read_split, split_names
from core.data.kept import whole_text
from core.data.leakage import Pairs, Prints, leaks_between, leaks_between_splits
from core.data.near import sketches
from core.data.selection import Selection
from core.data.shapes import SHAPE_COLUMNS, question_text, shape_of
from core.data.validation import digest_of, plain
from core.jobs import PrepareSpec, Split

_ROWS_A_PIECE = 5_000


@dataclass(frozen=True)
class Leaks:
    """Examples of one split that stand in another, or in a split for checking of another dataset."""

    pairs: Pairs = field(default_factory=list)
    """Within the dataset: the example to go first, the other, their similarity."""
    elsewhere: dict[str, np.ndarray] = field(default_factory=dict)
    """By the name of the other dataset: the examples of the training split that stand there."""
    near_allowed: bool = False
    """The person let near duplicates stand in different splits."""

    @property
    def only_as_allowed(self) -> bool:
        """Whether all there is are near duplicates, which may be there."""
        return self.near_allowed and not self.elsewhere and all(alike < 1 for _, _, alike in self.pairs)

    @property
    def offending(self) -> np.ndarray:
        """The examples without which none leaks."""
        inside = np.array([first for first, _, _ in self.pairs], np.int64)
        return np.unique(np.concatenate([inside, *self.elsewhere.values()]))


def find_leaks(selection: Selection, spec: PrepareSpec) -> Leaks:
    """Every leak between the splits, and into the training split from what `spec` says to compare with."""
    mine = selection.indices
    prints = selection.prints()
    pairs: Pairs = []
    if spec.split_by == "given" or not spec.keep_together:  # else what is alike stands in one split already
        found = leaks_between_splits(prints, selection.splits[mine], spec.near_threshold)
        pairs = [(int(mine[first]), int(mine[other]), alike) for first, other, alike in found]
    trained = np.flatnonzero(selection.splits[mine] == list(Split).index(Split.TRAIN))
    elsewhere = {}
    for folder in spec.compare_with:
        checks = _prints_of(Path(folder), with_sketches=prints.sketches is not None)
        found = leaks_between(prints.of(trained), checks, spec.near_threshold) if checks else []
        if found:
            elsewhere[Path(folder).name] = mine[trained[np.unique([one for one, _, _ in found])]]
    return Leaks(pairs, elsewhere, near_allowed=not spec.keep_together)


def _prints_of(folder: Path, with_sketches: bool) -> Prints | None:
    """The prints of the validation and test splits of a dataset; None where they are empty."""
    splits = [split for split in (Split.VALIDATION, Split.TEST) if split in split_names(folder)]
    texts, examples, questions = [], [], []
    for split in splits:
        for example in read_split(folder, split):
            names = [name for name in (*SHAPE_COLUMNS[shape_of(example)], "system") if name in example]
            texts.append(whole_text(example))
            examples.append(digest_of("\x1f".join([example[name] for name in names])))
            questions.append(digest_of(plain(question_text(example))) if "text" not in example else examples[-1])
    if not texts:
        return None
    digests, asked = (np.frombuffer(b"".join(of), np.uint64) for of in (examples, questions))
    return Prints(
        digests, asked, sketches(texts) if with_sketches else None, lambda which: [texts[index] for index in which]
    )
