"""Full disks: recognized however a library words it, and reported with the bytes needed and free.

A disk with less than `FULL_BELOW_BYTES` free counts as full: new work is refused before anything is written, so that
work under way can still save its state.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk_space import existing_folder, free_bytes, size_bytes, temporary_folder
from core.errors import DiskFullError, TunewrightError

FULL_BELOW_BYTES = 1 << 20
MAKE_ROOM = "Delete datasets, runs or exports that you no longer need, or enlarge the disk"
_ERROR_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_WORDS = re.compile(
    r"No space left on device|Disk quota exceeded"  # the system's, quoted by safetensors and other Rust libraries
    r"|database or disk is full"  # SQLite's
    r"|\d+ requested and \d+ written"  # numpy's, which writes GGUF files
)
_NO_TEMPORARY_FOLDER = "No usable temporary directory found"
"""tempfile's message if it can write to none of several folders, for any reason."""


def is_full(place: Path) -> bool:
    """Whether the disk of `place` counts as full."""
    return free_bytes(place) < FULL_BELOW_BYTES


def require_room(place: Path, needed_bytes: int = 0) -> None:
    """Raise DiskFullError if the disk of `place` is full, or would be after writing `needed_bytes`."""
    if free_bytes(place) < needed_bytes + FULL_BELOW_BYTES:
        raise disk_full(place, needed_bytes)


def disk_full(place: Path, needed_bytes: int = 0, then: str = "try again") -> DiskFullError:
    """The error that says how many bytes must be free at `place` to write `needed_bytes`, and how many are."""
    needed_bytes += FULL_BELOW_BYTES
    folder = _lasting(existing_folder(place))
    return DiskFullError(
        f"The disk is full: at least {needed_bytes:,} bytes are needed in {folder}, "
        f"and {free_bytes(folder):,} are free.",
        f"{MAKE_ROOM}; then {then}.",
        needed_bytes,
        str(folder),
    )


def _lasting(folder: Path) -> Path:
    """The folder that still exists once the staging folders in it are removed."""
    while folder.name.startswith(".") and folder.stat().st_dev == folder.parent.stat().st_dev:
        folder = folder.parent
    return folder


def means_full_disk(error: BaseException) -> bool:
    """Whether `error` or one of its causes is the system's "no space left", which many libraries only quote."""
    return any(
        isinstance(cause, DiskFullError)
        or getattr(cause, "errno", None) in _ERROR_NUMBERS
        or (not isinstance(cause, TunewrightError) and says_full_disk(str(getattr(cause, "orig", cause))))
        for cause in _causes(error)
    )


def says_full_disk(text: str) -> bool:
    """Whether a library's or program's message says that a disk is full."""
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
    """Turn any "no space left" in the block into a DiskFullError about `place`.

    The bytes in `staged` at that moment are the least that is needed. `silent` are errors of writers that do not say
    why they failed: if the disk is full, that is taken to be the reason.
    """
    try:
        yield
    except Exception as error:
        blamed = isinstance(error, silent) and is_full(place)
        if not blamed and (isinstance(error, TunewrightError) or not means_full_disk(error)):
            raise
        raise disk_full(place, size_bytes(staged) if staged else 0) from error
