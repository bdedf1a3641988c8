"""A 5-gram language model with modified, interpolated Kneser-Ney smoothing: the baseline for the starter model.

Each n-gram is packed into one 64-bit integer, so a corpus of millions of tokens is counted by sorting alone. Tokens and
bytes are both just small integers.
"""

import math
from collections.abc import Iterable

import numpy as np

from core.errors import TunewrightError

PADDING = 0  # precedes a sequence's first symbol; callers' symbols start at 1


class KneserNey:
    """Interpolated Kneser-Ney with three discounts per order (modified by Chen and Goodman, 1999)."""

    def __init__(self, sequences: Iterable[list[int]], symbol_count: int, order: int = 5):
        """Counts `sequences` of symbols 1..symbol_count-1.

        Raises TunewrightError if an n-gram of this order does not fit into 63 bits.
        """
        self.order = order
        self.symbol_bits = max(1, math.ceil(math.log2(symbol_count)))
        self.symbol_count = symbol_count
        if self.symbol_bits * order > 63:
            raise TunewrightError("The n-grams do not fit into 63 bits.", "Use a lower order or a smaller vocabulary.")
        grams = [self._grams(sequence) for sequence in sequences]
        keys, counts = np.unique(np.concatenate(grams), return_counts=True)
        self._levels = [self._level(keys, counts)]
        for width in range(order - 1, 0, -1):
            # Lower orders count the contexts a gram occurs in, not its occurrences: the core idea of Kneser-Ney.
            keys, counts = np.unique(keys & ((1 << (self.symbol_bits * width)) - 1), return_counts=True)
            self._levels.append(self._level(keys, counts))

    def _grams(self, sequence: list[int]) -> np.ndarray:
        """The n-gram ending at each symbol, its last symbol in the lowest bits, int64, (symbols,)."""
        symbols = np.concatenate([np.full(self.order - 1, PADDING), np.asarray(sequence)]).astype(np.int64)
        grams = np.zeros(len(sequence), dtype=np.int64)
        for position in range(self.order):
            grams = (grams << self.symbol_bits) | symbols[position : position + len(sequence)]
        return grams

    def _level(self, keys: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
        ones, twos, threes, fours = (max(1, int((counts == times).sum())) for times in (1, 2, 3, 4))
        share = ones / (ones + 2 * twos)
        discounts = np.clip(
            [0.0, 1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes],
            [0.0, 0.1, 0.1, 0.1],
            [0.0, 1.0, 2.0, 3.0],
        )
        discount = discounts[np.minimum(counts, 3)]
        contexts, first = np.unique(keys >> self.symbol_bits, return_index=True)
        return {
            "keys": keys,
            "kept": counts - discount,
            "contexts": contexts,
            "total": np.add.reduceat(counts, first).astype(float),
            "freed": np.add.reduceat(discount, first),
        }

    def probabilities(self, sequence: list[int]) -> np.ndarray:
        """The probability of each symbol given those before it in `sequence`, float64, (symbols,)."""
        grams = self._grams(sequence)
        result = np.full(len(sequence), 1.0 / self.symbol_count)
        for level, width in zip(reversed(self._levels), range(1, self.order + 1), strict=True):
            key = grams & ((1 << (self.symbol_bits * width)) - 1)
            kept, _ = _looked_up(level["keys"], level["kept"], key)
            total, known = _looked_up(level["contexts"], level["total"], key >> self.symbol_bits)
            freed, _ = _looked_up(level["contexts"], level["freed"], key >> self.symbol_bits)
            total = np.where(known, total, 1.0)
            result = np.where(known, kept / total + freed / total * result, result)
        return result

    def bits(self, sequence: list[int]) -> float:
        """The bits that the model needs for a sequence."""
        return float(-np.log2(self.probabilities(sequence)).sum())


def _looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The value of each wanted key, 0 if it is unknown, and whether it is known."""
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = keys[position] == wanted
    return np.where(known, values[position], 0.0), known
