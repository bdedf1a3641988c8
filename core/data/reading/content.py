"""Bytes that can be read from their start as often as needed, and the meter that counts how far they were."""

import bz2
import gzip
import io
import lzma
import tempfile
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.data.reading.limits import SMALL_BYTES, UNPACKED_BYTES, UNPACKED_RATIO
from core.errors import CorruptArtifactError, InputError
from core.full_disk import naming_full_disks, temporary_folder

_PIECE_BYTES = 128 << 10
_ROWS_NAMED = 20
_UNPACKERS = {b"\x1f\x8b": ("gzip", gzip.open), b"BZh": ("bzip2", bz2.open), b"\xfd7zXZ\x00": ("xz", lzma.open)}


class Meter:
    """How far reading has got, for progress, for the alarm, and to name the place of an error."""

    def __init__(self, on_progress: Callable[[], None]):
        self.total = 0
        self.done = 0
        self.row = 0
        """The number of the last row that could be read."""
        self.replaced: Counter[str] = Counter()
        """Pieces of each encoding that stood for no character."""
        self._cut_short: Counter[str] = Counter()
        self._rows_cut_short: dict[str, list[int]] = defaultdict(list)
        self._run_over: Counter[tuple[str, str]] = Counter()
        self._on_progress = on_progress

    def at(self, done: int) -> None:
        """Byte `done` of what the person gave has been reached."""
        self.done = done
        self._on_progress()

    def place(self) -> str:
        return f" after row {self.row} (byte {self.done})" if self.row else f" at byte {self.done}"

    def cut_short(self, row: int, name: str) -> None:
        """Row `row` of the file `name` has fewer cells than its header."""
        self._cut_short[name] += 1
        if self._cut_short[name] <= _ROWS_NAMED:
            self._rows_cut_short[name].append(row)

    def run_over(self, name: str, column: str) -> None:
        """A row of the file `name` has more cells than its header; they were joined as one of the last `column`."""
        self._run_over[name, column] += 1

    def notes(self) -> list[str]:
        cut_short = [
            f"{name} has fewer cells than columns in {count:,} row{'s' * (count > 1)}, what is missing was taken as "
            f"empty: row {', '.join(map(str, self._rows_cut_short[name]))}{', …' * (count > _ROWS_NAMED)}"
            for name, count in self._cut_short.items()
        ]
        run_over = [
            f"{name} has more commas than columns in {count:,} row{'s' * (count > 1)}, where they were read as part of "
            f"the last column {column!r}, the only one that holds sentences"
            for (name, column), count in self._run_over.items()
        ]
        return [
            *cut_short,
            *run_over,
        ] + [
            f"{encoding} could not be decoded at {count} place{'s' * (count > 1)}, which now read \ufffd"
            for encoding, count in self.replaced.items()
        ]


@dataclass(frozen=True)
class Content:
    """The bytes of one file, wherever they are kept."""

    name: str
    """As the person knows it; inside an archive, the path there."""
    size_bytes: int
    """Of what is kept: compressed, where it is compressed."""
    meter: Meter
    open: Callable[[], BinaryIO]
    path: Path | None = None
    """Where it lies as a plain file, if it does."""

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        with self.open() as file:
            return file.read(size)

    def seekable(self) -> BinaryIO:
        """A file to move about in: of what is packed, a copy without a name, which nothing has to remove."""
        if self.path:
            return self.path.open("rb")
        with naming_full_disks(temporary_folder()):
            copy = tempfile.TemporaryFile()  # noqa: SIM115 - who asked for it closes it
            with self.open() as file:
                while piece := file.read(_PIECE_BYTES):
                    copy.write(piece)
            copy.seek(0)
        return copy


class _Metered(io.FileIO):
    """A file that tells the meter when a byte is reached that was not before."""

    def __init__(self, path: Path, meter: Meter, base: int):
        super().__init__(path, "rb")
        self._meter, self._base, self._furthest = meter, base, 0

    def readinto(self, buffer) -> int:
        count = super().readinto(buffer)
        if (place := self.tell()) > self._furthest:
            self._furthest = place
            self._meter.at(self._base + place)
        return count


def file_content(path: Path, name: str, meter: Meter, base: int = 0) -> Content:
    """The content of a plain file, which begins at byte `base` of all that is read."""
    return Content(
        name, path.stat().st_size, meter, lambda: io.BufferedReader(_Metered(path, meter, base), _PIECE_BYTES), path
    )


class Bounded(io.RawIOBase):
    """What comes out of packed bytes, counted as it comes.

    Give `real_bytes` where a header says how many will come, else `packed_bytes`. Raises CorruptArtifactError when the
    header lied, InputError when there is more than an honest file would hold.
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
                f"{self._name} is broken: it unpacks to byte {self._count} only ({error}).", "Pack or fetch it again."
            ) from None
        buffer[: len(piece)] = piece
        self._count += len(piece)
        if self._real is None:
            self._check_ratio()
        elif self._count > self._real or (not piece and self._count < self._real):
            raise CorruptArtifactError(
                f"{self._name} is broken: its header says {self._real} bytes, and it ends at byte {self._count}.",
                "Pack it again.",
            )
        self._on_read(self._count)
        return len(piece)

    def _check_ratio(self) -> None:
        if self._count > self._allowed:
            raise InputError(
                f"{self._name} unpacks to more than {UNPACKED_RATIO} times its size or {UNPACKED_BYTES >> 30} GB: "
                f"stopped at byte {self._count}.",
                "If that is right, unpack it yourself and give what comes out, in pieces.",
            )

    def close(self) -> None:
        self._file.close()
        super().close()


def unpacked(content: Content) -> tuple[Content, str | None]:
    """The content inside a compressed file and how it was compressed, or the content itself and None."""
    head = content.head(6)
    found = next((_UNPACKERS[magic] for magic in _UNPACKERS if head.startswith(magic)), None)
    if not found:
        return content, None
    way, unpack = found

    def open_unpacked() -> BinaryIO:
        bounded = Bounded(unpack(content.open()), content.name, packed_bytes=content.size_bytes)
        return io.BufferedReader(bounded, _PIECE_BYTES)

    name = content.name
    for suffix in (".gz", ".bz2", ".xz"):
        name = name.removesuffix(suffix)
    return Content(name, content.size_bytes, content.meter, open_unpacked), way
