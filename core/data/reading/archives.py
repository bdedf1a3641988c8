"""What is in a zip or tar, entry by entry. Nothing is unpacked under a name; what can be counted is not believed."""

import io
import re
import stat
import struct
import tarfile
import zipfile

from core.data.reading.content import Bounded, Content
from core.data.reading.limits import ARCHIVE_ENTRIES, SMALL_BYTES, UNPACKED_BYTES, UNPACKED_RATIO
from core.errors import CorruptArtifactError, InputError

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_SIZES_FOLLOW = 1 << 3
_ENCRYPTED = 1
_SIZE_IS_ELSEWHERE = 0xFFFFFFFF
_PIECE_BYTES = 1 << 20
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0")
_HARMLESS_TYPES = (0, stat.S_IFREG, stat.S_IFDIR)
_UNPACK_IT = "Unpack it yourself, look at what is in it, and give the folder."
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_SUFFIXES = (".xml", ".rels", ".vml")


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar."""
    return head[257:262] == b"ustar"


def zip_members(content: Content) -> list[Content]:
    """The files in a zip. Raises InputError for an archive that is broken or meant to do harm."""
    archive = _open_zip(content)
    return [_zip_member(archive, entry, content) for entry in archive.infolist() if not entry.is_dir()]


def zip_names(content: Content) -> set[str]:
    """The names in a zip, unchecked. Raises InputError when it is none."""
    with content.seekable() as file:
        return set(_listed(file, content).namelist())


def check_document(content: Content) -> None:
    """Read all of a Word or Excel file, so that its own reader meets no bomb. Raises InputError where there is one."""
    for member in zip_members(content):
        end = b""
        with member.open() as file:
            while piece := file.read(_PIECE_BYTES):
                if member.name.endswith(_XML_SUFFIXES) and (found := _ENTITIES.search(end + piece)):
                    raise InputError(
                        f"{content.name} defines XML entities at byte {found.start()} of {member.name}, "
                        "as only a bomb does.",
                        "Save it again from the program it was made with.",
                    )
                end = piece[-8:]


def tar_members(content: Content) -> list[Content]:
    """The files in a tar. Raises InputError for an archive that is broken or meant to do harm."""
    file = content.seekable()
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    members, total = [], 0
    try:
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - members are read for as long as rows are
        for count, entry in enumerate(archive, start=1):
            _check_count(count, content.name)
            _check_name(entry.name, content.name)
            if not (entry.isreg() or entry.isdir()) or entry.issparse() or entry.size < 0:
                raise _refused(content.name, entry.name, "is a link, a device or a file with holes, not a plain file")
            total += entry.size
            _check_total(total, content.name)
            if entry.offset_data + entry.size > size:
                raise InputError(f"{content.name} is cut short at byte {size}, inside {entry.name}.", "Pack it again.")
            if entry.isreg():
                members.append(_tar_member(archive, entry, content))
    except tarfile.TarError as error:
        raise InputError(f"{content.name} is a broken tar at byte {file.tell()}: {error}.", "Pack it again.") from None
    return members


def _open_zip(content: Content) -> zipfile.ZipFile:
    file = content.seekable()
    archive = _listed(file, content)
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    _check_count(len(entries), content.name)
    _check_total(sum(entry.file_size for entry in entries), content.name)
    for entry, end in zip(entries, [*(entry.header_offset for entry in entries[1:]), archive.start_dir], strict=False):
        _check_entry(entry, content.name)
        _check_local_header(file, entry, end, content.name)
    return archive


def _listed(file, content: Content) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise InputError(
            f"{content.name} is a broken zip (its list at byte {file.tell()}): {error}.", "Pack or save it again."
        ) from None


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    _check_name(entry.orig_filename, name)
    if stat.S_IFMT(entry.external_attr >> 16) not in _HARMLESS_TYPES:
        raise _refused(name, entry.filename, "is a link or a device, not a plain file")
    if entry.flag_bits & _ENCRYPTED:
        raise InputError(
            f"{name} is encrypted: {entry.filename} at byte {entry.header_offset} wants a password.",
            "Save it without one.",
        )
    if entry.file_size > max(SMALL_BYTES, entry.compress_size * UNPACKED_RATIO):
        raise _refused(name, entry.filename, f"unpacks to more than {UNPACKED_RATIO} times its size, as a bomb does")


def _check_local_header(file, entry: zipfile.ZipInfo, end: int, name: str) -> None:
    """The header before the data must say what the list at the end says, and the data end before the next entry."""
    file.seek(max(0, entry.header_offset))  # it may be said to stand before the beginning
    header = file.read(_LOCAL_HEADER.size) if entry.header_offset >= 0 else b""
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise _corrupt(name, entry, "has no header there")
    *_, flags, _, _, _, _, packed, real, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes + entry.compress_size > end:
        raise _refused(name, entry.filename, "overlaps what comes after it")
    if flags & _SIZES_FOLLOW or _SIZE_IS_ELSEWHERE in (packed, real):
        return
    if (packed, real) != (entry.compress_size, entry.file_size):
        raise _corrupt(name, entry, "has another size in its header than in the list")


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: Content) -> Content:
    meter = content.meter

    def at(count: int) -> None:
        meter.at(entry.header_offset + min(entry.compress_size, count * entry.compress_size // (entry.file_size or 1)))

    def open_member() -> io.BufferedReader:
        try:
            file = archive.open(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _corrupt(content.name, entry, f"cannot be unpacked ({error})") from None
        return io.BufferedReader(Bounded(file, entry.filename, at, real_bytes=entry.file_size), _PIECE_BYTES)

    return Content(entry.filename, entry.file_size, meter, open_member)


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: Content) -> Content:
    def at(count: int) -> None:
        content.meter.at(min(content.size_bytes, entry.offset_data + count))

    def open_member() -> io.BufferedReader:
        bounded = Bounded(archive.extractfile(entry), entry.name, at, real_bytes=entry.size)
        return io.BufferedReader(bounded, _PIECE_BYTES)

    return Content(entry.name, entry.size, content.meter, open_member)


def _check_count(count: int, name: str) -> None:
    if count > ARCHIVE_ENTRIES:
        raise InputError(f"{name} holds more than {ARCHIVE_ENTRIES:,} entries (row 0 is not reached).", _UNPACK_IT)


def _check_total(total: int, name: str) -> None:
    if total > UNPACKED_BYTES:
        raise InputError(
            f"{name} unpacks to more than {UNPACKED_BYTES >> 30} GB: its entries claim byte {total}.",
            "Unpack it yourself and give what comes out, in pieces.",
        )


def _check_name(entry: str, name: str) -> None:
    if _OUTSIDE.search(entry):
        raise _refused(name, entry, "names a place outside the archive")


def _refused(name: str, entry: str, why: str) -> InputError:
    return InputError(f"{name} is refused: its entry {entry[:80]!r} {why} (refused at byte 0 of it).", _UNPACK_IT)


def _corrupt(name: str, entry: zipfile.ZipInfo, why: str) -> CorruptArtifactError:
    return CorruptArtifactError(
        f"{name} is broken: {entry.filename[:80]!r} at byte {max(0, entry.header_offset)} {why}.",
        "Pack or save it again.",
    )


def is_hidden(name: str) -> bool:
    """Whether this is what programs leave beside the files of a person."""
    parts = name.replace("\\", "/").split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)
