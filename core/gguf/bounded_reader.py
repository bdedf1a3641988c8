"""Reads numbers and strings from an untrusted file, never beyond its end or the largest plausible header."""

import os
import struct
from typing import BinaryIO

from core.errors import CorruptArtifactError

MAX_HEADER_BYTES = 256 << 20
"""Real headers are mostly the vocabulary: 20 MB for the largest."""
MAX_ITEMS = 1 << 22
"""Most entries of an array, keys or tensors: the largest vocabularies have a few hundred thousand."""


class BoundedReader:
    """Reads a file from its start, and compares every length with the remaining bytes before believing it.

    `what` names the thing being read, for the CorruptArtifactError that every method raises if the bytes do not fit.
    """

    def __init__(self, file: BinaryIO, name: str):
        self.file = file
        self.name = name
        self.file_bytes = os.fstat(file.fileno()).st_size
        self.limit = min(self.file_bytes, MAX_HEADER_BYTES)
        self.position = 0

    def string(self, what: str) -> str:
        """A string with its length in front."""
        length = self.number("<Q", what)
        try:
            return self.take(length, what).decode("utf-8")
        except UnicodeDecodeError:
            raise self.corrupt(f"has bytes in {what} that are not UTF-8 text") from None

    def count(self, code: str, least_bytes: int, what: str) -> int:
        """A count of things that take `least_bytes` or more each: at most as many as the remaining bytes can hold."""
        count = self.number(code, f"the number of {what}")
        if count > MAX_ITEMS or count * least_bytes > self.limit - self.position:
            raise self.corrupt(f"claims {count:,} {what}, more than it has room for")
        return count

    def number(self, code: str, what: str) -> int | float:
        """One number in the format `code` of the struct module."""
        return struct.unpack(code, self.take(struct.calcsize(code), what))[0]

    def take(self, length: int, what: str) -> bytes:
        """The next `length` bytes."""
        if length > self.limit - self.position:
            raise self.corrupt(f"ends inside {what}")
        data = self.file.read(length)
        if len(data) != length:
            raise self.corrupt(f"ends inside {what}")
        self.position += length
        return data

    def corrupt(self, problem: str) -> CorruptArtifactError:
        """The error for a header with this `problem`."""
        return CorruptArtifactError(f"{self.name} is not a valid GGUF file: it {problem}.", "Copy or export it again.")
