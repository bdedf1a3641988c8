"""The exact Jaccard similarity of pairs of texts, for thousands of pairs at once."""

from collections.abc import Callable

import numpy as np

from core.data.overlap.shingles import blocks, shingles_of


def similarities(a: np.ndarray, b: np.ndarray, text_of: Callable[[np.ndarray], list[str]]) -> np.ndarray:
    """The share of shingles that the texts of a[i] and b[i] have in common: float64 [n], for n up to some thousands.

    All sets are in one sorted array, with the number of the text in the high bits of each shingle. One search for the
    shingles of every a[i], renumbered as those of b[i], counts the shared ones.
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
    """`shingles_of`, with the shingles of each text in ascending order."""
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
