"""The result of screening one batch of rows."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from core.data.cleaning import Answers
from core.data.screening.text_store import Place
from core.data.shapes.caveats import Caveat
from core.examples.drops import Drop


class Screened(NamedTuple):
    """One batch after screening. The arrays have one value for each example that passed."""

    read: int
    """Rows in the batch."""
    place: Place
    """Where the texts are stored."""
    rows: np.ndarray
    """Row numbers, int64."""
    positions: np.ndarray
    """Positions within the batch, int32."""
    digests: np.ndarray
    """Digests of the texts, uint64."""
    questions: np.ndarray
    """Digests of the questions, uint64."""
    answers: np.ndarray
    """Digests of the answers, uint64."""
    labels: np.ndarray
    """Digests of the labels, uint64."""
    words: np.ndarray
    """Word counts, int32."""
    splits: np.ndarray
    """The split that each row names, int8; `NO_SPLIT` if none."""
    drops: list[tuple[int, Drop]]
    """Row number and reason."""
    caveats: list[tuple[int, Caveat]]
    """Row number and caveat."""
    cleaned: Counter
    """How many examples each cleaning step changed or dropped."""
    samples: dict[str, list[dict]]
    """By cleaning step, some of these before and after."""
    fates: Answers
    """What cleaning did to answers."""
    unused: set[str]
    """Paths that appeared after the first rows and that no role reads."""
