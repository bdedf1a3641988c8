"""Pseudo-random order from the content of examples and a seed, the same wherever an example is in a file."""

import numpy as np


def shuffled(digests: np.ndarray, seed: int) -> np.ndarray:
    """A permutation of the examples that depends on their digests and the seed alone: int64 [n]."""
    return np.argsort(hashed(hashed(digests, seed), seed), kind="stable")


def hashed(digests: np.ndarray, seed: int) -> np.ndarray:
    """A hash of each digest and the seed: uint64 [n]. The finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    start = np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    value = digests.astype(np.int64).view(np.uint64) + start
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
