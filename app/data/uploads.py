"""Uploads: files streamed into the workspace. `upload_cleanup` removes them; never while a job may still read one."""

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
from core.disk_space import free_bytes
from core.errors import InputError, NotFoundError
from core.full_disk import FULL_BELOW_BYTES, disk_full, naming_full_disks, require_room
from storage.settings import settings

UPLOAD_SUFFIXES = SUFFIXES
_KINDS = ", ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
_LONGEST_STEM_BYTES = 200
_NOT_IN_NAMES = ':*?"<>|'


def upload_limit_bytes() -> int:
    """The largest upload allowed (TUNEWRIGHT_UPLOAD_LIMIT_BYTES)."""
    return settings().upload_limit_bytes


class Upload:
    """A file being received: `with upload:`, any number of `take`, then `keep`; without `keep` nothing remains.

    The file is locked meanwhile, so `sweep_uploads` can tell a file still arriving from one left by a killed server.
    """

    def __init__(self, filename: str, announced_bytes: int = 0):
        """Raises InputError for an unsupported file type, or an announced size above the limit."""
        self._suffix = readable_suffix(filename)
        if self._suffix is None:
            raise InputError(f"{filename[:80]!r} has an unsupported file type.", f"Upload one of: {_KINDS}.")
        self._filename = filename
        self._announced_bytes = announced_bytes
        self._check_size(announced_bytes)
        self.id = secrets.token_hex(8)
        self.path = upload_folder(self.id) / _plain_name(filename, self._suffix)
        self._partial = upload_folder(f"{self.id}.partial")
        self._head = b""
        self.bytes = 0

    def __enter__(self) -> Self:
        """Raises DiskFullError if there is not enough free space for the announced bytes."""
        require_room(self._partial, self._announced_bytes)
        with naming_full_disks(self._partial):
            self._partial.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._partial.open("wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def take(self, piece: bytes) -> None:
        """Write a piece. Raises InputError if the file gets too large or does not match its type, DiskFullError."""
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
        """Finish: the file gets its real name, flushed to disk. Returns {"id", "bytes"}.

        Raises InputError for an empty file or one that does not match its type, DiskFullError.
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
                f"The file is larger than this studio's limit of {limit_bytes:,} bytes.",
                "Split it, or raise TUNEWRIGHT_UPLOAD_LIMIT_BYTES.",
            )

    def _check_kind(self) -> None:
        if not could_be(self._suffix, self._head):
            raise InputError(
                f"{self._filename[:80]!r} does not match its name: it does not start like a {self._suffix} file.",
                "Check the file, or rename it with the right extension.",
            )


def store_upload(filename: str, pieces: Iterable[bytes]) -> dict:
    """Store a file or pasted text; pass its id to `start_preparing(upload=...)`. Raises as Upload."""
    with Upload(filename) as upload:
        for piece in pieces:
            upload.take(piece)
        return upload.keep()


def upload_path(upload_id: str) -> str:
    """The path of an uploaded file, which counts as a use. Raises NotFoundError; an id is never treated as a path."""
    if re.fullmatch(r"[0-9a-f]{16}", upload_id):
        with suppress(FileNotFoundError, StopIteration):
            os.utime(upload_folder(upload_id))
            return str(next(upload_folder(upload_id).iterdir()))
    raise NotFoundError(
        f"There is no upload {upload_id[:80]!r}.",
        "Uploads are removed an hour after a dataset was made from them, or after a week. Upload the file again.",
    )


def upload_folder(name: str) -> Path:
    return home() / "uploads" / name


def _plain_name(filename: str, suffix: str) -> str:
    """The last part of an untrusted name as a safe file name, which rows, reports and errors show."""
    name = "".join(
        letter if letter.isprintable() and letter not in _NOT_IN_NAMES else "_"
        for letter in re.split(r"[/\\]", filename)[-1]
    ).lstrip(". ")
    stem, ending = name[: -len(suffix)], name[-len(suffix) :]
    stem = stem.encode("utf-8", "replace")[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore")
    return stem + ending if stem else f"upload{suffix}"


def input_file(path: str) -> str:
    """The absolute path of a file or folder to make a dataset from. Raises NotFoundError, InputError if it is empty."""
    if "\0" in path:
        raise InputError("A file's path cannot contain a NUL character.", "Give the path of a file or folder.")
    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise NotFoundError(f"There is no file {file}.", "Check the path.")
    if file.is_file() and file.stat().st_size == 0:
        raise InputError(f"{file} is empty.", "Give a file with at least one example in it.")
    return str(file)
