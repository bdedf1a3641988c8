"""The files in a zip, with headers checked against each other and against the limits."""

import io
import stat
import struct
import zipfile

from core.data.reading.archives.checks import check_count, check_name, check_total, corrupt, refused
from core.data.reading.content import Content
from core.data.reading.decompression import Bounded
from core.data.reading.limits import SMALL_BYTES, UNPACKED_RATIO
from core.errors import InputError

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_SIZES_FOLLOW = 1 << 3
_ENCRYPTED = 1
_SIZE_IS_ELSEWHERE = 0xFFFFFFFF
PIECE_BYTES = 1 << 20
_HARMLESS_TYPES = (0, stat.S_IFREG, stat.S_IFDIR)


def zip_members(content: Content) -> list[Content]:
    """The files in a zip. Raises InputError for an archive that is damaged or looks harmful."""
    archive = _open_zip(content)
    return [_zip_member(archive, entry, content) for entry in archive.infolist() if not entry.is_dir()]


def zip_names(content: Content) -> set[str]:
    """The names in a zip, unchecked. Raises InputError where it is not a valid zip."""
    with content.seekable() as file:
        return set(_listed(file, content).namelist())


def _open_zip(content: Content) -> zipfile.ZipFile:
    file = content.seekable()
    archive = _listed(file, content)
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    check_count(len(entries), content.name)
    check_total(sum(entry.file_size for entry in entries), content.name)
    for entry, end in zip(entries, [*(entry.header_offset for entry in entries[1:]), archive.start_dir], strict=False):
        _check_entry(entry, content.name)
        _check_local_header(file, entry, end, content.name)
    return archive


def _listed(file, content: Content) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise InputError(
            f"{content.name} is a damaged zip (its directory, at byte {file.tell()}): {error}.",
            "Create or save it again.",
        ) from None


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    check_name(entry.orig_filename, name)
    if stat.S_IFMT(entry.external_attr >> 16) not in _HARMLESS_TYPES:
        raise refused(name, entry.filename, "is a link or a device, not a plain file")
    if entry.flag_bits & _ENCRYPTED:
        raise InputError(
            f"{name} is encrypted: {entry.filename} at byte {entry.header_offset} needs a password.",
            "Save it without a password.",
        )
    if entry.file_size > max(SMALL_BYTES, entry.compress_size * UNPACKED_RATIO):
        raise refused(name, entry.filename, f"unpacks to more than {UNPACKED_RATIO} times its size, like a zip bomb")


def _check_local_header(file, entry: zipfile.ZipInfo, end: int, name: str) -> None:
    """The local header must agree with the central directory, and the data must end before the next entry."""
    file.seek(max(0, entry.header_offset))  # a forged offset can be negative
    header = file.read(_LOCAL_HEADER.size) if entry.header_offset >= 0 else b""
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise corrupt(name, entry, "has no header there")
    *_, flags, _, _, _, _, packed, real, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes + entry.compress_size > end:
        raise refused(name, entry.filename, "overlaps the next entry")
    if flags & _SIZES_FOLLOW or _SIZE_IS_ELSEWHERE in (packed, real):
        return
    if (packed, real) != (entry.compress_size, entry.file_size):
        raise corrupt(name, entry, "has a different size in its header than in the directory")


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: Content) -> Content:
    meter = content.meter

    def at(count: int) -> None:
        meter.at(entry.header_offset + min(entry.compress_size, count * entry.compress_size // (entry.file_size or 1)))

    def open_member() -> io.BufferedReader:
        try:
            file = archive.open(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise corrupt(content.name, entry, f"cannot be unpacked ({error})") from None
        return io.BufferedReader(Bounded(file, entry.filename, at, real_bytes=entry.file_size), PIECE_BYTES)

    return Content(entry.filename, entry.file_size, meter, open_member)
