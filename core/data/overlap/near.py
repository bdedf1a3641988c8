"""Finds near duplicates: MinHash sketches, locality-sensitive hashing, then the exact similarity of the candidates.

The similarity of two texts is the Jaccard similarity of their word 3-shingles. Every reported pair was verified on the
texts themselves, so none is below the threshold.

Nothing depends on the order of the examples: everything is sorted by content first.
"""

from collections.abc import Callable

import numpy as np

from core.data.overlap.banding import BANDS, Bands, Candidates, band_masks
from core.data.overlap.clusters import joined
from core.data.overlap.minhash import PERMUTATIONS
from core.data.overlap.similarity import similarities

_LARGE_CLUSTER = 8
_MARGIN = 0.09  # two standard deviations of a sketch's estimate at a similarity of 0.6
_PAIRS_AT_ONCE = 4_000
_ESTIMATES_AT_ONCE = 50_000


def near_pairs(
    sketches: np.ndarray,
    text_of: Callable[[np.ndarray], list[str]],
    threshold: float,
    sides: np.ndarray | None = None,
) -> list[tuple[int, int, float]]:
    """Pairs of examples whose texts have at least this Jaccard similarity, as (a, b, similarity) with a < b.

    `text_of` returns the texts of the examples with the given indices (ascending, at most some thousands). `sides`,
    bool [n], limits the search to pairs across the two sides. In a large cluster not every pair is named, but every
    member is in at least one.
    """
    search = _Search(sketches, text_of, threshold, sides)
    search.verify(search.bands.equal())
    for mask in band_masks(threshold):
        for band in range(BANDS):
            search.verify(search.bands.sharing(band, mask))
    return search.pairs()


class _Search:
    """The pairs found so far, and those already compared."""

    def __init__(self, sketches: np.ndarray, text_of: Callable, threshold: float, sides: np.ndarray | None):
        self._sketches = np.ascontiguousarray(sketches, np.uint16)
        self.bands = Bands(self._sketches, sides)
        self._text_of = text_of
        self._threshold = threshold
        self._cluster = np.arange(len(self._sketches))
        self._compared = np.empty(0, np.int64)
        self._found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def verify(self, candidates: Candidates) -> None:
        """Keep the candidates whose texts are near duplicates."""
        found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        a, b = self._worth_comparing(np.minimum(*candidates), np.maximum(*candidates))
        for start in range(0, len(a), _PAIRS_AT_ONCE):
            these = slice(start, start + _PAIRS_AT_ONCE)
            similarity = similarities(a[these], b[these], self._text_of)
            near = similarity >= self._threshold
            found.append((a[these][near], b[these][near], similarity[near]))
        self._cluster = joined(
            self._cluster, *(np.concatenate(column) for column in list(zip(*found, strict=True))[:2])
        )
        self._found += found

    def _worth_comparing(self, a: np.ndarray, b: np.ndarray) -> Candidates:
        """Pairs that are new, not both in one large cluster already, and similar by their sketches."""
        sizes = np.bincount(self._cluster, minlength=1)
        apart = (self._cluster[a] != self._cluster[b]) | (sizes[self._cluster[a]] <= _LARGE_CLUSTER)
        a, b = a[apart], b[apart]
        enough = (self._threshold - _MARGIN) * PERMUTATIONS
        alike = np.zeros(len(a), bool)
        for start in range(0, len(a), _ESTIMATES_AT_ONCE):
            these = slice(start, start + _ESTIMATES_AT_ONCE)
            alike[these] = (self._sketches[a[these]] == self._sketches[b[these]]).sum(axis=1) >= enough
        count = len(self._sketches)
        codes = np.sort(a[alike] * count + b[alike])
        codes = codes[np.diff(codes, prepend=-1) != 0]
        place = np.searchsorted(self._compared, codes)
        codes = codes[np.append(self._compared, -1)[place] != codes]
        self._compared = np.sort(np.concatenate([self._compared, codes]))
        return np.divmod(codes, max(1, count))

    def pairs(self) -> list[tuple[int, int, float]]:
        """All pairs found, in ascending order."""
        columns = (np.concatenate(column).tolist() for column in zip(*self._found, strict=True))
        return sorted(zip(*columns, strict=True))
