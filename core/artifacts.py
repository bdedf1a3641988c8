"""What a job leaves on disk: staged beside its place, listed with hashes in a manifest, and renamed into place whole.

A folder that exists under its real name is complete, and its `manifest.json` proves it wherever the folder is moved.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import ConflictError, CorruptArtifactError
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
    """Give the staged folder a manifest (`facts`, and who made it) and rename it to `final`, if the job is still ours.

    Returns the manifest's SHA-256. Raises ConflictError when `final` exists: nothing is ever overwritten.
    """
    with naming_full_disks(final, staged):
        digest = write_manifest(staged, made_by=reporter.attempt, **facts)
    with reporter.fenced():
        if final.exists():
            raise ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")
        os.replace(staged, final)
        sync_folder(final.parent)
    return digest


def publish_file(staged: Path, final: Path, reporter: Reporter) -> None:
    """Flush one staged file and rename it to `final`, if the job is still ours."""
    with naming_full_disks(final, staged), staged.open("rb") as file:
        os.fsync(file.fileno())
    with reporter.fenced():
        os.replace(staged, final)
        sync_folder(final.parent)


def refuse_foreign_file(path: Path, reporter: Reporter) -> None:
    """Raise ConflictError if `path` exists, unless it is JSON that an earlier attempt of the same job wrote."""
    if not path.exists():
        return
    try:
        is_own = reporter.is_same_job(json.loads(path.read_text(encoding="utf-8"))["made_by"])
    except (ValueError, KeyError, TypeError, AttributeError):
        is_own = False
    if not is_own:
        raise ConflictError(f"{path} exists already.", "Choose another output folder, or delete it first.")


def remove_folders(folders: Iterable[Path], reporter: Reporter) -> None:
    """Delete folders if the job is still ours: renamed while we hold it, deleted after, so that nobody waits for that.

    A half-deleted folder is never seen under its real name.
    """
    aside = {}
    with reporter.fenced():
        for folder in folders:
            name = folder.name.strip(".").partition(".")[0]
            aside[folder] = folder.with_name(
                f".{name}.{reporter.attempt or os.getpid()}.{secrets.token_hex(4)}.removed.partial"
            )
            os.replace(folder, aside[folder])
    for folder in aside.values():
        shutil.rmtree(folder)


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
