"""Versions of a dataset as the person handles them: changed, brought back, compared, taken along, deleted for good."""

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
    """Every version of a dataset that still stands, by its number. Raises NotFoundError."""
    return versions_of(actor, dataset(actor, reference))


def revise(
    actor: Actor,
    reference: str,
    changes: Iterable[Change | dict] = (),
    mends: Iterable[Mend | str] = (),
    **settings: object,
) -> Job:
    """Ask for a new version: changes by hand first, then mends; `settings` are fields of PrepareSpec.

    What no setting names stays as it is, the splits too. Raises NotFoundError, InputError, ConflictError.
    """
    return start_preparing(actor, parent=reference, changes=tuple(changes), mends=tuple(mends), **settings)


def restore(actor: Actor, reference: str, version: int) -> Job:
    """Ask for a new version that is as an earlier one was. Raises NotFoundError."""
    known = {one["version"]: one for one in versions(actor, reference)}
    if version not in known:
        raise NotFoundError(f"{reference} has no version {version}.", f"There are: {', '.join(map(str, known))}.")
    return revise(actor, known[version]["id"])


def compare(actor: Actor, a: str, b: str) -> dict:
    """What must happen to dataset `a` to become `b`: see `core.data.store.diff.diff`. Raises NotFoundError."""
    return ask("diff", _DIFF_SECONDS, folder_a=find_dataset(actor, a), folder_b=find_dataset(actor, b))


def export_dataset(actor: Actor, reference: str, kind: str) -> Path:
    """The file that holds a dataset as JSONL, Parquet, CSV or a zipped `DatasetDict`; made when first asked for.

    It is written by a process of its own. Raises NotFoundError, InputError for another format, DiskFullError.
    """
    if kind not in list(ExportFormat):
        raise InputError(f"{kind[:40]!r} is no format to export.", f"Choose one of: {', '.join(ExportFormat)}.")
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
        with suppress(OSError):  # another format of it may be there
            file.parent.rmdir()
        raise


def delete_dataset(actor: Actor, reference: str) -> None:
    """Remove one version of a dataset for good, with its downloads; its name is free once no version stands.

    Raises NotFoundError, ConflictError while a job that has not ended needs it.
    """
    delete_for_good(actor, ThingKind.DATASET, reference)


def sweep_datasets() -> None:
    """When a studio starts: remove all downloads, which are made again when asked for, and tidy the trash."""
    forget_downloads()
    tidy_trash()


def _downloads() -> Path:
    return home() / "downloads"
