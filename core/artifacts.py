"""Artifacts are published whole: staged beside their final place, listed in a manifest, and renamed atomically.

A folder that exists under its real name is complete.
"""

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from core.errors import ConflictError, LeaseLostError
from core.full_disk import naming_full_disks
from core.manifests import write_manifest
from core.reporting import Reporter


def staging_folder(final: Path, attempt: str = "") -> Path:
    """A new empty folder beside `final` to build it in, after removing leftovers of the same attempt."""
    staged = final.parent / f".{final.name}.{attempt or os.getpid()}.partial"
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    return staged


def publish(staged: Path, final: Path, reporter: Reporter, **facts: object) -> str:
    """Write the staged folder's manifest (`facts`, and who made it) and rename it to `final`.

    Returns the manifest's SHA-256. Raises ConflictError if `final` exists: nothing is ever overwritten. Raises
    LeaseLostError if another attempt has taken over the job.
    """
    with naming_full_disks(final, staged):
        digest = write_manifest(staged, made_by=reporter.attempt, **facts)
    if final.exists():
        raise _exists(final)
    reporter.confirm()
    try:
        _rename(staged, final)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):  # another job made it meanwhile
            raise _exists(final) from error
        raise
    sync_folder(final.parent)
    return digest


def publish_file(staged: Path, final: Path, reporter: Reporter) -> None:
    """Flush one staged file and rename it to `final`. Raises LeaseLostError if the job was taken over."""
    with naming_full_disks(final, staged), staged.open("rb") as file:
        os.fsync(file.fileno())
    reporter.confirm()
    _rename(staged, final)
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
    """Delete folders; none is ever seen half deleted under its real name. Raises LeaseLostError like `publish`."""
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
    """Delete what earlier attempts of the same job have staged in `folder`.

    Every attempt calls this first. A process of an earlier attempt that was suspended between confirming its lease and
    renaming then finds nothing to rename when it continues: its staged folders are gone, and so is the folder it would
    move removed ones into. So no database lock needs to be held around a rename.
    """
    job_id, _, number = attempt.rpartition(".")
    staged_by = re.compile(rf"\..+\.{re.escape(job_id)}\.(\d+)(\.[0-9a-f]+)?\.partial")
    taken = []
    for staged in list(folder.glob(".*.partial")) if job_id else ():
        found = staged_by.fullmatch(staged.name)
        if found and int(found[1]) < int(number):
            taken.append(folder / f".revoked.{attempt}.{secrets.token_hex(4)}.partial")
            with suppress(FileNotFoundError):  # its process published it at this very moment
                os.rename(staged, taken[-1])
    for place in taken:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _rename(source: Path, target: Path) -> None:
    """Rename. Raises LeaseLostError if `revoke_staged` has deleted the source or its destination folder."""
    try:
        os.rename(source, target)
    except FileNotFoundError as error:
        raise LeaseLostError(f"{source.name} or the place for it was taken away by a later attempt") from error


def _exists(final: Path) -> ConflictError:
    return ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
