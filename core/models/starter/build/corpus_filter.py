"""Lets anyone check which runs of 8 words are in the starter model's corpus, without the corpus itself.

`corpus-8grams.bin` is a Bloom filter: one header line of JSON, then its bits. A window from the corpus is always found;
any other is found with the false-positive rate.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.errors import CorruptArtifactError
from core.models.starter.build.corpus_text import word_windows

FILTER_FILE = "corpus-8grams.bin"
HASH_COUNT = 8
BITS_PER_WINDOW = 12


class CorpusFilter:
    """The set of word windows of a corpus, as bits."""

    def __init__(self, bits: np.ndarray, window_count: int):
        self.bits = bits
        self.window_count = window_count

    @property
    def false_positive_rate(self) -> float:
        """The probability that a window outside the corpus is found: the share of set bits to the k-th power."""
        return (int(np.bitwise_count(self.bits).sum()) / (len(self.bits) * 8)) ** HASH_COUNT

    def __contains__(self, window: str) -> bool:
        return all(self.bits[place >> 3] >> (place & 7) & 1 for place in _places(window, len(self.bits) * 8))

    def found_windows(self, text: str) -> list[str]:
        """The 8-word windows of a text that the filter contains."""
        return [window for window in word_windows(text) if window in self]

    def save(self, path: Path) -> None:
        """Writes the header line and the bits."""
        header = {"windows": self.window_count, "hashes": HASH_COUNT, "bytes": len(self.bits)}
        path.write_bytes(json.dumps(header).encode() + b"\n" + self.bits.tobytes())


def _places(window: str, bit_count: int) -> list[int]:
    digest = hashlib.blake2b(window.encode(), digest_size=16).digest()
    first, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
    return [(first + index * step) % bit_count for index in range(HASH_COUNT)]


def filter_of(texts: Iterable[str]) -> CorpusFilter:
    """A filter of every 8-word window in the texts."""
    windows = {window for text in texts for window in word_windows(text)}
    bits = np.zeros(max(1, math.ceil(len(windows) * BITS_PER_WINDOW / 8)), dtype=np.uint8)
    for window in windows:
        for place in _places(window, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    return CorpusFilter(bits, len(windows))


def load_filter(model_folder: Path) -> CorpusFilter:
    """The filter shipped in a model's folder. Raises CorruptArtifactError if its length does not match its header."""
    header, _, body = (model_folder / FILTER_FILE).read_bytes().partition(b"\n")
    facts = json.loads(header)
    if len(body) != facts["bytes"] or facts["hashes"] != HASH_COUNT:
        raise CorruptArtifactError(f"{FILTER_FILE} is damaged.", "Restore the model's folder from the repository.")
    return CorpusFilter(np.frombuffer(body, dtype=np.uint8), facts["windows"])
