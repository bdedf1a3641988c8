"""Checks on archive entries, shared by zip and tar: how many, how large, and where their names lead."""

import re
import zipfile

from core.data.reading.limits import ARCHIVE_ENTRIES, UNPACKED_BYTES
from core.errors import CorruptArtifactError, InputError

_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0")
_UNPACK_IT = "Unpack it yourself, check what is in it, and use the folder."


def check_count(count: int, name: str) -> None:
    """Raises InputError where an archive has too many entries."""
    if count > ARCHIVE_ENTRIES:
        raise InputError(
            f"{name} holds more than {ARCHIVE_ENTRIES:,} entries, too many to read: stopped before row 1.", _UNPACK_IT
        )


def check_total(total: int, name: str) -> None:
    """Raises InputError where the entries of an archive add up to too many bytes."""
    if total > UNPACKED_BYTES:
        raise InputError(
            f"{name} unpacks to more than {UNPACKED_BYTES >> 30} GB: its entries claim to end at byte {total}.",
            "Unpack it yourself and use its files one at a time.",
        )


def check_name(entry: str, name: str) -> None:
    """Raises InputError for an absolute path, a drive letter, `..` or a NUL in the name of an entry."""
    if _OUTSIDE.search(entry):
        raise refused(name, entry, "has a path that leads outside the archive")


def refused(name: str, entry: str, why: str) -> InputError:
    """The error for an entry that may be meant to do harm."""
    return InputError(f"{name} is refused before byte 0 is read: its entry {entry[:80]!r} {why}.", _UNPACK_IT)


def corrupt(name: str, entry: zipfile.ZipInfo, why: str) -> CorruptArtifactError:
    """The error for an entry of a damaged zip."""
    return CorruptArtifactError(
        f"{name} is damaged: {entry.filename[:80]!r} at byte {max(0, entry.header_offset)} {why}.",
        "Create or save it again.",
    )
