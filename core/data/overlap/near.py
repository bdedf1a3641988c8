"""Finds examples that are nearly the same: MinHash sketches of their texts, banding, the exact similarity in the end.

A text is the set of its word 3-shingles. Its sketch is the smallest value of that set under each of 128 permutations,
so two sketches agree in about the share of places that the sets have in common (Jaccard similarity). Pairs whose
sketches agree in one of 32 bands of four places are looked at: that finds 99 of 100 pairs at a similarity of 0.6 and
95 at 0.55; where less is asked for, three places of a band are enough. What is reported has been counted on the texts
themselves, so no pair is below the threshold.

Nothing depends on the order of the examples: everything is sorted by content first.
"""

from collections.abc import Callable

import numpy as np

from core.data.overlap.shingles import FACTOR, blocks, shingles_of

_PERMUTATIONS = 128
_BANDS = 32
_NEIGHBOURS = 4
_LARGE_CLUSTER = 8
_DOUBT = 0.09  # two standard deviations of a sketch's estimate at a similarity of 0.6
_PAIRS_AT_ONCE = 4_000
_ESTIMATES_AT_ONCE = 50_000
_SHINGLES_AT_ONCE = 1 << 12
_MARK_BITS = 24

_MULTIPLIERS = (np.cumprod(np.full(_PERMUTATIONS, FACTOR)) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_WHOLE_BAND = (np.uint64((1 << 64) - 1),)
_THREE_OF_FOUR = (np.uint64((1 << 48) - 1), np.uint64((1 << 64) - (1 << 16)))
_LOW_THRESHOLD = 0.55


def sketches(texts: list[str]) -> np.ndarray:
    """The sketch of each text: uint16 [n, 128]. Same text, same sketch, in every process and on every machine."""
    found = np.empty((len(texts), _PERMUTATIONS), np.uint16)
    for first, last in blocks(texts):
        shingles, starts = shingles_of(texts[first:last])
        found[first:last] = _smallest(shingles, starts)
    return found


def near_pairs(
    sketches: np.ndarray,
    text_of: Callable[[np.ndarray], list[str]],
    threshold: float,
    sides: np.ndarray | None = None,
) -> list[tuple[int, int, float]]:
    """Pairs of examples whose texts share at least `threshold` of their shingles, as (a, b, similarity) with a < b.

    `text_of` gives the texts of the examples with these numbers (rising, no more than some thousands). With `sides`,
    bool [n], only pairs across the two sides are looked for. Of a cluster of many, not every pair is named, but each
    member with at least one.
    """
    search = _Search(sketches, text_of, threshold, sides)
    search.look_at(*search.twins())
    for part in _parts(threshold):
        for band in range(_BANDS):
            search.look_at(*search.candidates(band, part))
    return search.pairs()


def may_be_near(sketches: np.ndarray, others: np.ndarray, threshold: float) -> np.ndarray:
    """Which of the sketches `near_pairs` would look at beside one of `others`, and a few more: bool [n].

    Costs some nanoseconds a sketch and band: most of many examples need not be searched where few others are given.
    """
    mine, theirs = (np.ascontiguousarray(one, np.uint16).view(np.uint64) for one in (sketches, others))
    found, marks = np.zeros(len(mine), bool), np.zeros(1 << _MARK_BITS, bool)
    for part in _parts(threshold):
        for band in range(_BANDS):
            marked = _mark(theirs[:, band] & part)
            marks[marked] = True
            found |= marks[_mark(mine[:, band] & part)]
            marks[marked] = False
    return found


def _mark(keys: np.ndarray) -> np.ndarray:
    return keys * FACTOR >> np.uint64(64 - _MARK_BITS)


def _parts(threshold: float) -> tuple[np.uint64, ...]:
    """Which places of a band must agree for two sketches to be looked at."""
    return _THREE_OF_FOUR if threshold < _LOW_THRESHOLD else _WHOLE_BAND


def clusters(count: int, pairs: list[tuple[int, int, float]]) -> np.ndarray:
    """Of each of `count` examples the smallest number in its cluster, int64 [count]: pairs joined end to end."""
    ends = np.array([pair[:2] for pair in pairs], dtype=np.int64).reshape(-1, 2)
    return _joined(np.arange(count), ends[:, 0], ends[:, 1])


class _Search:
    """The pairs found so far, and what need not be looked at again."""

    def __init__(self, sketches: np.ndarray, text_of: Callable, threshold: float, sides: np.ndarray | None):
        self._sketches = np.ascontiguousarray(sketches, np.uint16)
        self._bands = self._sketches.view(np.uint64)
        self._text_of = text_of
        self._threshold = threshold
        self._sides = sides
        digests = _digests(self._bands)
        self._order = np.argsort(digests, kind="stable")
        in_order = digests[self._order]
        self._is_first = np.ones(len(digests), bool)
        self._is_first[1:] = in_order[1:] != in_order[:-1]
        self._cluster = np.arange(len(digests))
        self._known = np.empty(0, np.int64)
        self._found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def twins(self) -> tuple[np.ndarray, np.ndarray]:
        """Each example with the first one, or the last one before it of the other side, that has the same sketch."""
        bucket = np.cumsum(self._is_first)
        if self._sides is not None:
            return self._across(self._order, bucket)
        return self._order[np.flatnonzero(self._is_first)[bucket - 1]][~self._is_first], self._order[~self._is_first]

    def candidates(self, band: int, part: np.uint64) -> tuple[np.ndarray, np.ndarray]:
        """Neighbours among those that agree in a part of one band; who agree in the next band too are side by side."""
        rows = self._order if self._sides is not None else self._order[self._is_first]
        here = (self._bands[rows, band] & part) * FACTOR
        there = (self._bands[rows, (band + 1) % _BANDS] & part) * FACTOR
        keys = (here >> np.uint64(24) << np.uint64(24)) | (there >> np.uint64(40))
        order = np.argsort(keys)
        rows, keys = rows[order], keys[order] >> np.uint64(24)
        if self._sides is not None:
            return self._across(rows, np.cumsum(np.diff(keys, prepend=keys[:1]) != 0))
        near = [np.flatnonzero(keys[step:] == keys[:-step]) for step in range(1, _NEIGHBOURS + 1)]
        ahead = [rows[first + step] for step, first in enumerate(near, 1)]
        return rows[np.concatenate(near)], np.concatenate(ahead)

    def _across(self, rows: np.ndarray, bucket: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each example with the nearest before and behind it that are of the other side and in the same bucket."""
        sides, place = self._sides[rows], np.arange(len(rows))
        pairs = []
        for side in (False, True):
            before = np.maximum.accumulate(np.where(sides == side, place, -1))
            behind = np.minimum.accumulate(np.where(sides == side, place, len(rows))[::-1])[::-1]
            for other in (before, behind):
                here = np.flatnonzero((sides != side) & (other >= 0) & (other < len(rows)))
                here = here[bucket[here] == bucket[other[here]]]
                pairs.append((rows[here], rows[other[here]]))
        return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])

    def look_at(self, a: np.ndarray, b: np.ndarray) -> None:
        """Keep those of the pairs that are near, counted on the texts."""
        found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        a, b = self._worth_counting(np.minimum(a, b), np.maximum(a, b))
        for start in range(0, len(a), _PAIRS_AT_ONCE):
            these = slice(start, start + _PAIRS_AT_ONCE)
            similarity = _similarity(a[these], b[these], self._text_of)
            near = similarity >= self._threshold
            found.append((a[these][near], b[these][near], similarity[near]))
        self._cluster = _joined(
            self._cluster, *(np.concatenate(column) for column in list(zip(*found, strict=True))[:2])
        )
        self._found += found

    def _worth_counting(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs that are new, not both in one large cluster already, and alike by their sketches."""
        sizes = np.bincount(self._cluster, minlength=1)
        apart = (self._cluster[a] != self._cluster[b]) | (sizes[self._cluster[a]] <= _LARGE_CLUSTER)
        a, b = a[apart], b[apart]
        enough = (self._threshold - _DOUBT) * _PERMUTATIONS
        alike = np.zeros(len(a), bool)
        for start in range(0, len(a), _ESTIMATES_AT_ONCE):
            these = slice(start, start + _ESTIMATES_AT_ONCE)
            alike[these] = (self._sketches[a[these]] == self._sketches[b[these]]).sum(axis=1) >= enough
        codes = np.sort(a[alike] * len(self._order) + b[alike])
        codes = codes[np.diff(codes, prepend=-1) != 0]
        place = np.searchsorted(self._known, codes)
        codes = codes[np.append(self._known, -1)[place] != codes]
        self._known = np.sort(np.concatenate([self._known, codes]))
        return np.divmod(codes, max(1, len(self._order)))

    def pairs(self) -> list[tuple[int, int, float]]:
        """All that was found, by number."""
        columns = (np.concatenate(column).tolist() for column in zip(*self._found, strict=True))
        return sorted(zip(*columns, strict=True))


def _digests(bands: np.ndarray) -> np.ndarray:
    """A number for each sketch, equal only where the sketches are: uint64 [n]."""
    digests = np.zeros(len(bands), np.uint64)
    for band in range(_BANDS):
        digests = (digests + bands[:, band]) * FACTOR
        digests ^= digests >> np.uint64(32)
    return digests


def _joined(cluster: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`cluster` (of each example the smallest number in its cluster) after a[i] and b[i] have come together."""
    while True:
        one, other = cluster[a], cluster[b]
        apart = one != other
        if not apart.any():
            return cluster
        a, b, one, other = a[apart], b[apart], one[apart], other[apart]
        cluster = cluster.copy()
        np.minimum.at(cluster, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(smaller := cluster[cluster], cluster):
            cluster = smaller


def _similarity(a: np.ndarray, b: np.ndarray, text_of: Callable[[np.ndarray], list[str]]) -> np.ndarray:
    """The share of shingles that the texts of a[i] and b[i] have in common, float64 [n], n of some thousands.

    The sets stand one behind the other in one rising array, the number of the text in the high bits of each shingle:
    one search for the shingles of all a[i], as if they were those of b[i], counts what is shared.
    """
    rows, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    one, other = np.split(places, 2)
    shingles, starts = _sorted_shingles(text_of(rows))
    bits = np.uint64(len(rows).bit_length())
    text = np.repeat(np.arange(len(rows), dtype=np.uint64), np.diff(starts, append=len(shingles)))
    keys = (text << (np.uint64(64) - bits)) | (shingles >> bits)
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    starts = np.searchsorted(keys, np.arange(len(rows), dtype=np.uint64) << (np.uint64(64) - bits))
    sizes = np.diff(starts, append=len(keys))
    firsts = np.cumsum(sizes[one]) - sizes[one]
    mine = np.repeat(starts[one] - firsts, sizes[one]) + np.arange(sizes[one].sum())
    moved = keys[mine] + (np.repeat(other - one, sizes[one]).astype(np.uint64) << (np.uint64(64) - bits))
    hits = keys[np.minimum(np.searchsorted(keys, moved), len(keys) - 1)] == moved
    shared = np.add.reduceat(hits, firsts, dtype=np.int64)
    return shared / (sizes[one] + sizes[other] - shared)


def _sorted_shingles(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """As `shingles_of`, the shingles of each text rising."""
    pieces, counts = [], []
    for first, last in blocks(texts):
        shingles, starts = shingles_of(texts[first:last])
        ends = np.append(starts[1:], len(shingles))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            shingles[start:end].sort()
        pieces.append(shingles)
        counts.append(ends - starts)
    lengths = np.concatenate(counts)
    return np.concatenate(pieces), np.cumsum(lengths) - lengths


def _smallest(shingles: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The low 16 bits of the smallest value of each text's shingles under each permutation, uint16 [texts, 128]."""
    values = (shingles >> np.uint64(32)).astype(np.uint32)
    smallest = np.empty((_PERMUTATIONS, len(starts)), np.uint32)
    first = 0
    while first < len(starts):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _SHINGLES_AT_ONCE)))
        end = starts[last] if last < len(starts) else len(values)
        mine, bounds = values[starts[first] : end], starts[first:last] - starts[first]
        for these in np.array_split(np.arange(_PERMUTATIONS), 1 + len(mine) // (2 * _SHINGLES_AT_ONCE)):
            permuted = mine * _MULTIPLIERS[these, None]
            smallest[these, first:last] = np.minimum.reduceat(permuted, bounds, axis=1)
        first = last
    return smallest.T.astype(np.uint16)
