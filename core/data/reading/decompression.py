"""Decompresses files within limits, so that a small file cannot fill the memory or the disk."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

from core.data.reading.content import PIECE_BYTES, Content
from core.data.reading.limits import SMALL_BYTES, UNPACKED_BYTES, UNPACKED_RATIO
from core.errors import CorruptArtifactError, InputError

_UNPACKERS = {b"\x1f\x8b": ("gzip", gzip.open), b"BZh": ("bzip2", bz2.open), b"\xfd7zXZ\x00": ("xz", lzma.open)}


class Bounded(io.RawIOBase):
    """A decompressed stream, counted as it is read.

    Pass `real_bytes` where a header states the size, else `packed_bytes`. Reading raises CorruptArtifactError where the
    header is wrong, and InputError where more comes out than a legitimate file would hold.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        on_read: Callable[[int], None] = lambda count: None,
        real_bytes: int | None = None,
        packed_bytes: int = 0,
    ):
        self._file, self._name, self._on_read, self._real = file, name, on_read, real_bytes
        self._allowed = min(UNPACKED_BYTES, max(SMALL_BYTES, packed_bytes * UNPACKED_RATIO))
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            piece = self._file.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise CorruptArtifactError(
                f"{self._name} is damaged: it unpacks only up to byte {self._count} ({error}).",
                "Compress or download it again.",
            ) from None
        buffer[: len(piece)] = piece
        self._count += len(piece)
        if self._real is None:
            self._check_ratio()
        elif self._count > self._real or (not piece and self._count < self._real):
            raise CorruptArtifactError(
                f"{self._name} is damaged: its header says {self._real} bytes, but it ends at byte {self._count}.",
                "Create it again.",
            )
        self._on_read(self._count)
        return len(piece)

    def _check_ratio(self) -> None:
        if self._count > self._allowed:
            raise InputError(
                f"{self._name} unpacks to more than {UNPACKED_RATIO} times its size or {UNPACKED_BYTES >> 30} GB: "
                f"stopped at byte {self._count}.",
                "If that is right, unpack it yourself and use what comes out, in smaller pieces.",
            )

    def close(self) -> None:
        self._file.close()
        super().close()


def decompressed(content: Content) -> tuple[Content, str | None]:
    """The content of a compressed file with the name of the compression, or the same content and None."""
    head = content.head(6)
    found = next((_UNPACKERS[magic] for magic in _UNPACKERS if head.startswith(magic)), None)
    if not found:
        return content, None
    way, unpack = found

    def open_unpacked() -> BinaryIO:
        bounded = Bounded(unpack(content.open()), content.name, packed_bytes=content.size_bytes)
        return io.BufferedReader(bounded, PIECE_BYTES)

    name = content.name
    for suffix in (".gz", ".bz2", ".xz"):
        name = name.removesuffix(suffix)
    return Content(name, content.size_bytes, content.meter, open_unpacked), way
