"""The held-out examples (validation and test splits) of other datasets, to compare training examples with."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.data.overlap.matching import Fingerprints
from core.data.overlap.minhash import sketches
from core.data.screening.digests import digest_of, plain
from core.data.screening.examples import whole_text
from core.data.store.datasets import open_tables
from core.errors import TunewrightError
from core.examples.example import question_text, shape_of
from core.examples.roles import SHAPE_COLUMNS
from core.specs import PrepareSpec, Split
from core.specs.names import dataset_name

_ROWS_AT_ONCE = 2_000
_NAMED = 20


class HeldOut:
    """The held-out examples of one dataset, read from its memory-mapped files."""

    def __init__(self, folder: Path):
        """Opens the files without reading rows. Raises a TunewrightError or OSError when they cannot be read."""
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
    def exact(self) -> Fingerprints:
        """Fingerprints for exact matches only."""
        examples, questions = [], []
        for batch in self._batches:
            for example in batch.to_pylist():
                examples.append(digest_of("\x1f".join([example[name] for name in self._columns])))
                questions.append(examples[-1] if "text" in example else digest_of(plain(question_text(example))))
        return Fingerprints(*(np.frombuffer(b"".join(digests), np.uint64) for digests in (examples, questions)))

    @cached_property
    def sketched(self) -> Fingerprints:
        """Fingerprints for near matches too."""
        made = [sketches([whole_text(example) for example in batch.to_pylist()]) for batch in self._batches]
        return replace(self.exact, sketches=np.concatenate(made), text_of=self._texts)

    def _texts(self, which: np.ndarray) -> list[str]:
        """The texts of the examples at these ascending indices."""
        homes = np.searchsorted(self._starts, which, side="right") - 1
        texts = []
        for home in np.unique(homes):
            mine = self._batches[home].take(pa.array(which[homes == home] - self._starts[home]))
            texts += map(whole_text, mine.to_pylist())
        return texts


def open_held_out(spec: PrepareSpec) -> tuple[list[HeldOut], list[str]]:
    """The non-empty held-out sets that `spec` names, and notes on those that are not compared with."""
    others, notes = [], []
    for folder in map(Path, spec.compare_with):
        try:
            others.append(HeldOut(folder))
        except (TunewrightError, OSError):
            why = "cannot be read" if folder.exists() else "was deleted in the meantime"
            notes.append(f"not compared with {dataset_name(folder)}: it {why}")
    if left_out := [dataset_name(Path(folder)) for folder in spec.not_compared_with]:
        more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        notes.append(f"not compared with these evaluation sets of the studio: {', '.join(left_out[:_NAMED])}{more}")
    return [other for other in others if len(other)], notes
