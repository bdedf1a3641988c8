"""What a job leaves on disk: staged beside its place, listed with hashes in a manifest, and renamed into place whole.

A folder that exists under its real name is complete, and its `manifest.json` proves it wherever the folder is moved.
"""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from core.errors import ConflictError, CorruptArtifactError, LeaseLostError
from core.full_disk import naming_full_disks
from core.reporting import Reporter

MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def staging_folder(final: Path, attempt: str = "") -> Path:
    """A new empty folder beside `final` to build it in; what an earlier try of the same attempt left is removed."""
    staged = final.parent / f".{final.name}.{attempt or os.getpid()}.partial"
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    return staged


def write_manifest(folder: Path, **facts: object) -> str:
    """List every file of `folder` with bytes and SHA-256, flushed to disk. Returns the manifest's own SHA-256."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    with ThreadPoolExecutor() as threads:  # hashing and flushing leave the interpreter to others
        entries = threads.map(_flushed_entry, paths)
        files = {path.relative_to(folder).as_posix(): entry for path, entry in zip(paths, entries, strict=True)}
    manifest = folder / MANIFEST
    with manifest.open("w", encoding="utf-8") as file:
        json.dump({"files": files, **facts}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return sha256_of(manifest)


def _flushed_entry(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


def verify_manifest(folder: Path) -> dict:
    """The manifest of `folder` if every file listed is there, whole and unchanged; CorruptArtifactError otherwise."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = {name: (entry["bytes"], entry["sha256"]) for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptArtifactError(f"{folder.name} has no readable manifest ({error})") from error
    for name, (size_bytes, sha256) in listed.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size_bytes or sha256_of(path) != sha256:
            raise CorruptArtifactError(f"{folder.name}/{name} is missing, cut short or changed")
    return manifest


def publish(staged: Path, final: Path, reporter: Reporter, **facts: object) -> str:
    """Give the staged folder a manifest (`facts`, and who made it) and rename it to `final`.

    Returns the manifest's SHA-256. Raises ConflictError when `final` exists: nothing is ever overwritten. Raises
    LeaseLostError when another attempt has taken the job over.
    """
    with naming_full_disks(final, staged):
        digest = write_manifest(staged, made_by=reporter.attempt, **facts)
    if final.exists():
        raise _exists(final)
    reporter.confirm()
    try:
        _rename(staged, final)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):  # made meanwhile, by another job
            raise _exists(final) from error
        raise
    sync_folder(final.parent)
    return digest


def publish_file(staged: Path, final: Path, reporter: Reporter) -> None:
    """Flush one staged file and rename it to `final`. Raises LeaseLostError when the job has been taken over."""
    with naming_full_disks(final, staged), staged.open("rb") as file:
        os.fsync(file.fileno())
    reporter.confirm()
    _rename(staged, final)
    sync_folder(final.parent)


def remove_folders(folders: Iterable[Path], reporter: Reporter) -> None:
    """Delete folders; none is ever seen half deleted under its real name. Raises LeaseLostError as `publish`."""
    for parent, siblings in groupby(sorted(folders), key=lambda folder: folder.parent):
        aside = parent / f".removed.{reporter.attempt or os.getpid()}.{secrets.token_hex(4)}.partial"
        aside.mkdir()
        try:
            reporter.confirm()
            for folder in siblings:
                _rename(folder, aside / folder.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def revoke_staged(folder: Path, attempt: str) -> None:
    """Take away what earlier attempts of the same job have staged in `folder`, and delete it.

    Every attempt calls this before it looks at what is there. A process of an earlier one, stopped after it had
    confirmed its lease and continued now, then has nothing left to rename: staged folders are gone, and so is the
    folder into which it would move what it removes. No lock of the database has to be held around a rename.
    """
    job_id, _, number = attempt.rpartition(".")
    staged_by = re.compile(rf"\..+\.{re.escape(job_id)}\.(\d+)(\.[0-9a-f]+)?\.partial")
    taken = []
    for staged in list(folder.glob(".*.partial")) if job_id else ():
        found = staged_by.fullmatch(staged.name)
        if found and int(found[1]) < int(number):
            taken.append(folder / f".revoked.{attempt}.{secrets.token_hex(4)}.partial")
            with suppress(FileNotFoundError):  # published by its process in this very moment
                os.rename(staged, taken[-1])
    for place in taken:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    """Rename; what `revoke_staged` has taken away raises LeaseLostError."""
    try:
        os.rename(source, target)
    except FileNotFoundError as error:
        raise LeaseLostError(f"{source.name} or the place for it was taken away by a later attempt") from error


def _exists(final: Path) -> ConflictError:
    return ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
