"""Hashes the word 3-shingles of thousands of texts at once.

Words are lower-case runs of letters, digits and _, as the regular expression \\w+ finds them. If the lower case of a
character has several, the first counts. In scripts without spaces between words, each character is a word. The hash of
a shingle is the same in every process and on every machine. A text of fewer than three words is one shingle.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

_CHARACTERS_AT_ONCE = 1 << 17

FACTOR = np.uint64(0xD1342543DE82EF95)
"""An odd multiplier that scatters bits well."""
_BASE = 0x9E3779B97F4A7C15
_FILLER = np.uint64(0x2545F4914F6CDD1D)

_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF))
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese; code points beyond the table are Chinese too."""
_ALONE = np.uint32(1 << 31)
_TABLE_END = 0x20000


def blocks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Slices of `texts` of a good size to process at once, as (start, stop)."""
    first, characters = 0, 0
    for number, text in enumerate(texts):
        if characters and characters + len(text) > _CHARACTERS_AT_ONCE:
            yield first, number
            first, characters = number, 0
        characters += len(text) + 1
    if first < len(texts):
        yield first, len(texts)


def shingles_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of all shingles, uint64, and where those of each text begin. Each text has at least one."""
    words, counts = _words(texts)
    padded = np.maximum(counts, 3)
    starts = np.cumsum(padded) - padded
    row = np.full(padded.sum(), _FILLER)
    row[np.arange(len(words)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)] = words
    hashes = (row[:-2] * FACTOR + row[1:-1]) * FACTOR + row[2:]
    hashes ^= hashes >> np.uint64(29)
    within = np.ones(len(hashes), bool)
    within[starts[1:] - 1] = within[starts[1:] - 2] = False
    return (hashes * FACTOR)[within], starts - 2 * np.arange(len(texts))


def _words(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of all words, uint64, and how many each text has.

    A polynomial rolling hash: with a running sum over all texts, one subtraction gives the hash of a word.
    """
    joined = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = _letters()[np.minimum(joined, _TABLE_END)]
    if joined.max(initial=0) >= _TABLE_END:
        letters = np.where(joined >= _TABLE_END, joined | _ALONE, letters)
    is_word, alone = letters != 0, letters >= _ALONE
    begins = is_word.copy()
    begins[1:] &= ~is_word[:-1] | alone[1:] | alone[:-1]
    starts = np.flatnonzero(begins)
    powers, inverses = _powers(1 << max(len(letters) - 1, _CHARACTERS_AT_ONCE).bit_length())
    sums = np.cumsum(letters * powers[: len(letters)])
    before = np.concatenate([sums[starts] - letters[starts] * powers[starts], sums[-1:]])
    hashes = np.diff(before) * inverses[starts]
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts)))
    return hashes, np.diff(np.searchsorted(starts, ends), prepend=0)


@lru_cache(maxsize=1)
def _letters() -> np.ndarray:
    """The value of each character: its lower case, 0 if it separates words, with a bit set if it is a word alone."""
    table = np.zeros(_TABLE_END + 1, np.uint32)
    for code in range(_TABLE_END):
        character = chr(code)
        if character.isalnum() or character == "_":
            table[code] = ord(character.lower()[0])
    for first, last in _UNSPACED:
        characters = table[first : last + 1]
        characters[characters != 0] |= _ALONE
    return table


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` powers of the base and of its inverse, modulo 2**64."""
    bases = np.full((2, count), _BASE, np.uint64)
    bases[1] = pow(_BASE, -1, 1 << 64)
    return tuple(np.cumprod(bases, axis=1))
