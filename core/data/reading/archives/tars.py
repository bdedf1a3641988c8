"""The files in a tar, links, devices and sparse files refused."""

import io
import tarfile

from core.data.reading.archives.checks import check_count, check_name, check_total, refused
from core.data.reading.archives.zips import PIECE_BYTES
from core.data.reading.content import Content
from core.data.reading.decompression import Bounded
from core.errors import InputError


def is_tar(head: bytes) -> bool:
    """Whether a file with this head is a tar."""
    return head[257:262] == b"ustar"


def tar_members(content: Content) -> list[Content]:
    """The files in a tar. Raises InputError for an archive that is damaged or looks harmful."""
    file = content.seekable()
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    members, total = [], 0
    try:
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - stays open while members are read
        for count, entry in enumerate(archive, start=1):
            check_count(count, content.name)
            check_name(entry.name, content.name)
            if not (entry.isreg() or entry.isdir()) or entry.issparse() or entry.size < 0:
                raise refused(content.name, entry.name, "is a link, a device or a sparse file, not a regular one")
            total += entry.size
            check_total(total, content.name)
            if entry.offset_data + entry.size > size:
                raise InputError(
                    f"{content.name} is truncated at byte {size}, inside {entry.name}.", "Create it again."
                )
            if entry.isreg():
                members.append(_tar_member(archive, entry, content))
    except tarfile.TarError as error:
        raise InputError(
            f"{content.name} is a damaged tar at byte {file.tell()}: {error}.", "Create it again."
        ) from None
    return members


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: Content) -> Content:
    def at(count: int) -> None:
        content.meter.at(min(content.size_bytes, entry.offset_data + count))

    def open_member() -> io.BufferedReader:
        bounded = Bounded(archive.extractfile(entry), entry.name, at, real_bytes=entry.size)
        return io.BufferedReader(bounded, PIECE_BYTES)

    return Content(entry.name, entry.size, content.meter, open_member)
