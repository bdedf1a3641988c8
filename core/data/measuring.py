"""Looks into the examples of a dataset: languages and personal data, topics and labels, lengths in tokens."""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from core.data.cleaning import find_personal_data, language_of
from core.data.kept import whole_text
from core.data.selection import Selection
from core.data.shapes import question_text
from core.data.splitting import shuffled
from core.jobs import PrepareSpec

_LOOKED_AT = 10_000
_ROWS_A_PIECE = 1_000
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
    about above after again also another answer because been before being below best between both could describe does
    doing down during each example explain find following from further generate give given have here identify into just
    like list make many might more most much must name need other over please provide rewrite same sentence should show
    some such take tell text than that their them then there these they this those through under used using very want
    were what when where which while will with word words would write your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass
class Measured:
    """What was measured, of how many."""

    looked_at: int = 0
    """Examples whose language and personal data were looked for."""
    languages: Counter = field(default_factory=Counter)
    personal: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    personal_kinds: Counter = field(default_factory=Counter)
    topics: Counter = field(default_factory=Counter)
    judged: Counter = field(default_factory=Counter)
    frequent: Counter = field(default_factory=Counter)
    """Words that stand in many questions, with the number of questions."""
    tokens: "Tokens | None" = None


@dataclass
class Tokens:
    """Lengths in tokens of the examples at `indices`, as `model` sees them; `limit` is what a training takes in."""

    model: str
    limit: int
    indices: np.ndarray
    lengths: np.ndarray
    counted: np.ndarray
    """Tokens within the limit that count towards the loss."""

    @property
    def too_long(self) -> np.ndarray:
        """The examples of which a part is cut off."""
        return self.indices[self.lengths > self.limit]

    @property
    def masked(self) -> np.ndarray:
        """The examples that teach nothing."""
        return self.indices[self.counted == 0]


def sample(selection: Selection, most: int) -> np.ndarray:
    """The examples that stay, or `most` of them taken at random: the same ones whatever the order of the file."""
    mine = selection.indices
    if len(mine) <= most:
        return mine
    return np.sort(mine[shuffled(selection.kept.digests[mine], seed=0)[:most]])


def measure_tokens(selection: Selection, spec: PrepareSpec, indices: np.ndarray) -> Tokens | None:
    """The lengths of the examples at `indices` in tokens of the model of `spec`."""
    return None


def measure(selection: Selection) -> Measured:
    """Languages and personal data of a sample; topics and labels of all."""
    kept, measured = selection.kept, Measured()
    chosen = sample(selection, _LOOKED_AT)
    measured.looked_at = len(chosen)
    personal: list[int] = []
    for start in range(0, len(chosen), _ROWS_A_PIECE):
        piece = chosen[start : start + _ROWS_A_PIECE]
        for index, example in zip(piece.tolist(), kept.examples(piece), strict=True):
            text = whole_text(example)
            measured.languages[language_of(text)[0]] += 1
            if found := find_personal_data(text):
                personal.append(index)
                measured.personal_kinds.update({one.kind for one in found})
            measured.frequent.update(set(_WORD.findall((question_text(example) or text).lower())) - _COMMON)
    measured.personal = np.array(personal, np.int64)
    if "topic" in kept.columns:
        measured.topics = counted(selection, "topic")
    if "label" in kept.columns:
        measured.judged = counted(selection, "label")
    return measured


def counted(selection: Selection, column: str) -> Counter:
    """How often each value of a column of labels stands in the examples that stay; nothing is no value."""
    codes, names = selection.kept.codes(column)
    counts = np.bincount(codes[selection.indices], minlength=len(names))
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if name and count})
