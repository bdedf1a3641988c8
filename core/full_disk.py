"""A disk without room: told from other failures however a library words it, and said with the bytes needed and free.

A disk with less than `FULL_BELOW_BYTES` free counts as full: what is asked for anew is refused before anything is
written, so that what is under way can still be written down.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFullError, TunewrightError

FULL_BELOW_BYTES = 1 << 20
MAKE_ROOM = "Delete datasets, runs or exports that you no longer need, or enlarge the disk"
_ERROR_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_WORDS = re.compile(
    r"No space left on device|Disk quota exceeded"  # the system's, quoted by safetensors and everything else in Rust
    r"|database or disk is full"  # SQLite's
    r"|\d+ requested and \d+ written"  # numpy's, with which GGUF files are written
)
_NO_TEMPORARY_FOLDER = "No usable temporary directory found"
"""What tempfile says where it could write into none of several folders, for whatever reason."""


def temporary_folder() -> Path:
    """Where temporary files go; `tempfile.gettempdir` would not say it on a full disk."""
    return Path(os.environ.get("TMPDIR", "/tmp"))


def free_bytes(place: Path) -> int:
    """The bytes that can be written where `place` is, or will be; 0 also where no further file can be made."""
    there = os.statvfs(_folder_of(place))
    no_more_files = there.f_files and not there.f_favail
    return 0 if no_more_files else there.f_bavail * there.f_frsize


def _folder_of(place: Path) -> Path:
    """The folder that is there already on the way to `place`."""
    return next(folder for folder in (place, *place.parents) if folder.is_dir())


def _lasting(folder: Path) -> Path:
    """The folder that is still there when what is staged in it was removed."""
    while folder.name.startswith(".") and folder.stat().st_dev == folder.parent.stat().st_dev:
        folder = folder.parent
    return folder


def on_same_disk(one: Path, other: Path) -> bool:
    """Whether what is freed at one place can be used at the other."""
    return _folder_of(one).stat().st_dev == _folder_of(other).stat().st_dev


def is_full(place: Path) -> bool:
    """Whether the disk of `place` counts as full."""
    return free_bytes(place) < FULL_BELOW_BYTES


def size_bytes(place: Path) -> int:
    """The bytes of a file, or of all files in a folder; 0 where nothing is, and for what goes while it is counted."""
    if not place.is_dir():
        return _file_bytes(place)
    # os.walk passes over a folder that is gone by the time it gets there; Path.rglob would raise.
    return sum(_file_bytes(Path(folder, name)) for folder, _, names in os.walk(place) for name in names)


def _file_bytes(path: Path) -> int:
    try:
        there = path.stat()
    except FileNotFoundError:
        return 0
    return there.st_size if stat.S_ISREG(there.st_mode) else 0


def require_room(place: Path, needed_bytes: int = 0) -> None:
    """Raise DiskFullError when the disk of `place` is full, or would be with `needed_bytes` more on it."""
    if free_bytes(place) < needed_bytes + FULL_BELOW_BYTES:
        raise disk_full(place, needed_bytes)


def disk_full(place: Path, needed_bytes: int = 0, then: str = "ask again") -> DiskFullError:
    """The error that says how much more than `needed_bytes` must be free at `place`, and how much is."""
    needed_bytes += FULL_BELOW_BYTES
    folder = _lasting(_folder_of(place))
    return DiskFullError(
        f"The disk is full: what comes next needs at least {needed_bytes:,} bytes in {folder}, "
        f"and {free_bytes(folder):,} are free.",
        f"{MAKE_ROOM}; then {then}.",
        needed_bytes,
        str(folder),
    )


def means_full_disk(error: BaseException) -> bool:
    """Whether `error`, or what led to it, is the system's "no space left", which many libraries only quote."""
    return any(
        isinstance(cause, DiskFullError)
        or getattr(cause, "errno", None) in _ERROR_NUMBERS
        or (not isinstance(cause, TunewrightError) and says_full_disk(str(getattr(cause, "orig", cause))))
        for cause in _causes(error)
    )


def says_full_disk(text: str) -> bool:
    """Whether a library or a program says there that a disk is full."""
    if _NO_TEMPORARY_FOLDER in text:
        return is_full(temporary_folder())
    return bool(_WORDS.search(text))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def naming_full_disks(
    place: Path, staged: Path | None = None, silent: tuple[type[TunewrightError], ...] = ()
) -> Iterator[None]:
    """Turn "no space left", however it is worded, into a DiskFullError about `place`.

    What is `staged` at that moment is the least that is needed. `silent` are the errors of writers that do not say why
    they failed: on a full disk, that is why.
    """
    try:
        yield
    except Exception as error:
        blamed = isinstance(error, silent) and is_full(place)
        if not blamed and (isinstance(error, TunewrightError) or not means_full_disk(error)):
            raise
        raise disk_full(place, size_bytes(staged) if staged else 0) from error
