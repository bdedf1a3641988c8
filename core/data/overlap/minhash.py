"""MinHash sketches of texts: the smallest hash of a text's word 3-shingles under each of 128 permutations.

Two sketches agree in about the share of positions that the shingle sets have in common, their Jaccard similarity
(Broder, "On the resemblance and containment of documents", 1997).
"""

import numpy as np

from core.data.overlap.shingles import FACTOR, blocks, shingles_of

PERMUTATIONS = 128
_SHINGLES_AT_ONCE = 1 << 12
_MULTIPLIERS = (np.cumprod(np.full(PERMUTATIONS, FACTOR)) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)


def sketches(texts: list[str]) -> np.ndarray:
    """The sketch of each text: uint16 [n, 128]. It is the same in every process and on every machine."""
    found = np.empty((len(texts), PERMUTATIONS), np.uint16)
    for first, last in blocks(texts):
        shingles, starts = shingles_of(texts[first:last])
        found[first:last] = _smallest(shingles, starts)
    return found


def _smallest(shingles: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The low 16 bits of the smallest hash of each text's shingles under each permutation: uint16 [texts, 128]."""
    values = (shingles >> np.uint64(32)).astype(np.uint32)
    smallest = np.empty((PERMUTATIONS, len(starts)), np.uint32)
    first = 0
    while first < len(starts):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _SHINGLES_AT_ONCE)))
        end = starts[last] if last < len(starts) else len(values)
        mine, bounds = values[starts[first] : end], starts[first:last] - starts[first]
        for these in np.array_split(np.arange(PERMUTATIONS), 1 + len(mine) // (2 * _SHINGLES_AT_ONCE)):
            permuted = mine * _MULTIPLIERS[these, None]
            smallest[these, first:last] = np.minimum.reduceat(permuted, bounds, axis=1)
        first = last
    return smallest.T.astype(np.uint16)
