"""The bytes of a file, which can be read from the start as often as needed."""

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.data.reading.meter import Meter
from core.disk_space import temporary_folder
from core.full_disk import naming_full_disks

PIECE_BYTES = 128 << 10


@dataclass(frozen=True)
class Content:
    """The bytes of one file: on disk, in an archive, or compressed."""

    name: str
    """The file name as the user knows it; inside an archive, the path there."""
    size_bytes: int
    """Stored size: the compressed one, if compressed."""
    meter: Meter
    open: Callable[[], BinaryIO]
    path: Path | None = None
    """Its path, if it is a plain file on disk."""

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        with self.open() as file:
            return file.read(size)

    def seekable(self) -> BinaryIO:
        """A seekable file; for packed content, a copy in an unnamed temporary file, which needs no cleaning up."""
        if self.path:
            return self.path.open("rb")
        with naming_full_disks(temporary_folder()):
            copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
            with self.open() as file:
                while piece := file.read(PIECE_BYTES):
                    copy.write(piece)
            copy.seek(0)
        return copy


class _Metered(io.FileIO):
    """A file that reports to the meter whenever it is read further than before."""

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
    """The content of a plain file that starts at byte `base` of the whole input."""
    return Content(
        name, path.stat().st_size, meter, lambda: io.BufferedReader(_Metered(path, meter, base), PIECE_BYTES), path
    )
