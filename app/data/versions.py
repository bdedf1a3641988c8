"""Versions of a dataset: revise, restore, compare, export, delete."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.data.datasets import dataset, find_dataset, versions_of
from app.data.start_preparing import start_preparing
from app.disk.trash import delete_for_good, forget_downloads, tidy_trash
from app.plumbing.errands import run_errand
from app.plumbing.inspection import ask
from app.plumbing.studio import home
from app.wording.names import file_name
from core.data.file_kinds import ExportFormat
from core.disk_space import size_bytes
from core.errors import InputError, NotFoundError, TunewrightError
from core.full_disk import naming_full_disks, require_room
from core.specs import Change, Mend
from core.specs.keeping import ThingKind
from storage.actors import Actor
from storage.rows import Job

_DIFF_SECONDS = 60


def versions(actor: Actor, reference: str) -> list[dict]:
    """The existing versions of a dataset, by number. Raises NotFoundError."""
    return versions_of(actor, dataset(actor, reference))


def revise(
    actor: Actor,
    reference: str,
    changes: Iterable[Change | dict] = (),
    mends: Iterable[Mend | str] = (),
    **settings: object,
) -> Job:
    """Queue a new version: manual changes first, then automatic fixes (`mends`); `settings` are fields of PrepareSpec.

    Anything not named in `settings` stays, including the splits. Raises NotFoundError, InputError, ConflictError.
    """
    return start_preparing(actor, parent=reference, changes=tuple(changes), mends=tuple(mends), **settings)


def restore(actor: Actor, reference: str, version: int) -> Job:
    """Queue a new version equal to an earlier one. Raises NotFoundError."""
    known = {one["version"]: one for one in versions(actor, reference)}
    if version not in known:
        raise NotFoundError(f"{reference} has no version {version}.", f"There are: {', '.join(map(str, known))}.")
    return revise(actor, known[version]["id"])


def compare(actor: Actor, a: str, b: str) -> dict:
    """What changed from dataset `a` to `b`; see `core.data.store.diff.diff`. Raises NotFoundError."""
    return ask("diff", _DIFF_SECONDS, folder_a=find_dataset(actor, a), folder_b=find_dataset(actor, b))


def export_dataset(actor: Actor, reference: str, kind: str) -> Path:
    """A dataset as a JSONL, Parquet or CSV file or a zipped `DatasetDict`; written by a child process on first use.

    Raises NotFoundError, InputError for another format, DiskFullError.
    """
    if kind not in list(ExportFormat):
        raise InputError(f"{kind[:40]!r} is not an export format.", f"Choose one of: {', '.join(ExportFormat)}.")
    found = dataset(actor, reference)
    file = _downloads() / found["id"] / file_name(found["title"], ExportFormat(kind).ending)
    if not file.exists():
        _make_download(Path(found["path"]), kind, file)
    return file


def _make_download(folder: Path, kind: str, file: Path) -> None:
    require_room(file, size_bytes(folder))
    with naming_full_disks(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        run_errand("core.data.store.exporting", folder, kind, file)
    except TunewrightError:
        with suppress(OSError):  # another format may be there
            file.parent.rmdir()
        raise


def delete_dataset(actor: Actor, reference: str) -> None:
    """Delete one version of a dataset for good, with its downloads; its name is free once no version exists.

    Raises NotFoundError, ConflictError while an unfinished job needs it.
    """
    delete_for_good(actor, ThingKind.DATASET, reference)


def sweep_datasets() -> None:
    """Run at startup: remove all downloads, which are made again on demand, and clean up the trash."""
    forget_downloads()
    tidy_trash()


def _downloads() -> Path:
    return home() / "downloads"
