"""Files that a person brings: received piece by piece into a folder of ours, or pointed at where they lie.

An upload goes once a dataset was made from it, and where none was, after a week; never while a job may still read it.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from app.plumbing.studio import home
from core.artifacts import sync_folder
from core.data.file_kinds import HEAD_BYTES, SUFFIXES, could_be, readable_suffix
from core.errors import InputError, NotFoundError
from core.full_disk import FULL_BELOW_BYTES, disk_full, free_bytes, naming_full_disks, require_room
from storage.settings import settings

UPLOAD_SUFFIXES = SUFFIXES
_KINDS = ", ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
_LONGEST_STEM_BYTES = 200
_NOT_IN_NAMES = ':*?"<>|'


def upload_limit_bytes() -> int:
    """How large a file may be (TUNEWRIGHT_UPLOAD_LIMIT_BYTES)."""
    return settings().upload_limit_bytes


class Upload:
    """A file that is arriving: `with upload:`, any number of `take`, then `keep`; without `keep`, nothing is left.

    The file is locked while it arrives, so that `sweep_uploads` knows what a killed server left from what still comes.
    """

    def __init__(self, filename: str, announced_bytes: int = 0):
        """Raises InputError for a kind of file that is not read, or one that is announced as too large."""
        self._suffix = readable_suffix(filename)
        if self._suffix is None:
            raise InputError(f"{filename[:80]!r} is no file of a kind that is read.", f"Upload one of: {_KINDS}.")
        self._filename = filename
        self._announced_bytes = announced_bytes
        self._check_size(announced_bytes)
        self.id = secrets.token_hex(8)
        self.path = upload_folder(self.id) / _plain_name(filename, self._suffix)
        self._partial = upload_folder(f"{self.id}.partial")
        self._head = b""
        self.bytes = 0

    def __enter__(self) -> Self:
        """Raises DiskFullError where the announced bytes are not free."""
        require_room(self._partial, self._announced_bytes)
        with naming_full_disks(self._partial):
            self._partial.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._partial.open("wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def take(self, piece: bytes) -> None:
        """Write what has come. Raises InputError when it is too much or not of its kind, DiskFullError."""
        self._check_size(self.bytes + len(piece))
        if len(self._head) < HEAD_BYTES:
            self._head += piece[:HEAD_BYTES]
            if len(self._head) >= HEAD_BYTES:
                self._check_kind()
        if free_bytes(self._partial) < len(piece) + FULL_BELOW_BYTES:
            raise disk_full(self._partial, max(self._announced_bytes, self.bytes + len(piece)), "upload it again")
        with naming_full_disks(self._partial, self._partial):
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]
        self.bytes += len(piece)

    def keep(self) -> dict:
        """All has come: the file stands under its own name, safe from a power cut. Returns {"id", "bytes"}.

        Raises InputError for an empty file, or one that is not of its kind; DiskFullError.
        """
        if not self.bytes:
            raise InputError("The file is empty.", "Upload a file with at least one example in it.")
        self._check_kind()
        with naming_full_disks(self._partial, self._partial):
            os.fsync(self._file.fileno())
            self.path.parent.mkdir()
            self._partial.replace(self.path)
            sync_folder(self.path.parent)
            sync_folder(self._partial.parent)
        return {"id": self.id, "bytes": self.bytes}

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self._partial.unlink(missing_ok=True)
        self._file.close()
        if kind:
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def _check_size(self, size_bytes: int) -> None:
        limit_bytes = upload_limit_bytes()
        if size_bytes > limit_bytes:
            raise InputError(
                f"The file is larger than {limit_bytes:,} bytes, the limit of this studio.",
                "Split it, or raise TUNEWRIGHT_UPLOAD_LIMIT_BYTES.",
            )

    def _check_kind(self) -> None:
        if not could_be(self._suffix, self._head):
            raise InputError(
                f"{self._filename[:80]!r} is not what its name says: it does not begin like a {self._suffix} file.",
                "Check the file, or give it its real ending.",
            )


def store_upload(filename: str, pieces: Iterable[bytes]) -> dict:
    """Keep a file, or a text that was pasted; its id goes to `start_preparing(upload=...)`. Raises as Upload."""
    with Upload(filename) as upload:
        for piece in pieces:
            upload.take(piece)
        return upload.keep()


def upload_path(upload_id: str) -> str:
    """Where an uploaded file lies; it counts as looked at. Raises NotFoundError; an id is never taken for a path."""
    if re.fullmatch(r"[0-9a-f]{16}", upload_id):
        with suppress(FileNotFoundError, StopIteration):
            os.utime(upload_folder(upload_id))
            return str(next(upload_folder(upload_id).iterdir()))
    raise NotFoundError(
        f"There is no upload {upload_id[:80]!r}.",
        "It goes an hour after a dataset was made from it, or after a week without one. Upload the file again.",
    )


def upload_folder(name: str) -> Path:
    return home() / "uploads" / name


def _plain_name(filename: str, suffix: str) -> str:
    """The last part of a name from outside, as a name for a file: rows, reports and errors tell it to the person."""
    name = "".join(
        letter if letter.isprintable() and letter not in _NOT_IN_NAMES else "_"
        for letter in re.split(r"[/\\]", filename)[-1]
    ).lstrip(". ")
    stem, ending = name[: -len(suffix)], name[-len(suffix) :]
    stem = stem.encode("utf-8", "replace")[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore")
    return stem + ending if stem else f"upload{suffix}"


def input_file(path: str) -> str:
    """The absolute path of a file or folder to make a dataset of. Raises NotFoundError, InputError for an empty one."""
    if "\0" in path:
        raise InputError("A file's path cannot hold a NUL character.", "Give the path of a file or folder.")
    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise NotFoundError(f"There is no file {file}.", "Check the path.")
    if file.is_file() and file.stat().st_size == 0:
        raise InputError(f"{file} is empty.", "Give a file with at least one example in it.")
    return str(file)
