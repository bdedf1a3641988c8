"""How much room a disk has, and how much of it files take."""

import os
import stat
from pathlib import Path


def temporary_folder() -> Path:
    """Where temporary files go; `tempfile.gettempdir` would fail on a full disk."""
    return Path(os.environ.get("TMPDIR", "/tmp"))


def free_bytes(place: Path) -> int:
    """Bytes that can be written at `place`, which need not exist yet; 0 also if the disk is out of inodes."""
    there = os.statvfs(existing_folder(place))
    no_more_files = there.f_files and not there.f_favail
    return 0 if no_more_files else there.f_bavail * there.f_frsize


def existing_folder(place: Path) -> Path:
    """The innermost folder on the path to `place` that exists."""
    return next(folder for folder in (place, *place.parents) if folder.is_dir())


def on_same_disk(one: Path, other: Path) -> bool:
    """Whether space freed at one place can be used at the other."""
    return existing_folder(one).stat().st_dev == existing_folder(other).stat().st_dev


def size_bytes(place: Path) -> int:
    """Bytes of a file, or of all files in a folder. Missing files count 0, also those that vanish while counting."""
    if not place.is_dir():
        return _file_bytes(place)
    # os.walk skips a folder that is gone by the time it gets there; Path.rglob would raise.
    return sum(_file_bytes(Path(folder, name)) for folder, _, names in os.walk(place) for name in names)


def _file_bytes(path: Path) -> int:
    try:
        there = path.stat()
    except FileNotFoundError:
        return 0
    return there.st_size if stat.S_ISREG(there.st_mode) else 0
