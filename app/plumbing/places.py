"""The names and output folders of jobs: in the workspace, or exactly where the user says."""

import re
from collections.abc import Collection
from itertools import count
from pathlib import Path

from app.plumbing.studio import home
from core.errors import ConflictError, InputError
from core.full_disk import naming_full_disks, require_room
from core.specs import ExportSpec, JobKind, PrepareSpec, Spec, SynthesizeSpec
from core.specs.names import LONGEST_NAME, dataset_folder, folder_name, is_name, later_versions

DATASET_MAKERS = (JobKind.PREPARE, JobKind.SYNTHESIZE)
"""The kinds of jobs that publish datasets, all into one shared folder, each under its own name."""
_FOLDERS = {JobKind.PREPARE: "datasets", JobKind.EXPORT: "exports"}
_LEAVES = {
    JobKind.TRAIN: ("final", "merged_model", "checkpoint-*"),
    JobKind.EVALUATE: ("metrics.json",),
    JobKind.BENCHMARK: ("benchmark.json",),
    JobKind.JUDGE: ("judge.json",),
}


def plain_name(base_name: str) -> str:
    """`base_name` turned into a valid name."""
    return re.sub(r"[^A-Za-z0-9._ -]+|\.{2,}", "-", base_name)[:70].strip(" .-_") or "unnamed"


def checked_name(name: str) -> str:
    """`name`, if it is valid. Raises InputError."""
    if not is_name(name):
        raise InputError(
            f"{name[:80]!r} is not a valid name.",
            f"Use up to {LONGEST_NAME} letters, digits, spaces, dots, dashes and underscores, without '..'.",
        )
    return name


def next_name(kind: JobKind, base_name: str, reserved: Collection[str] = ()) -> str:
    """`base_name` turned into a valid name, numbered if it is `reserved` or exists in the workspace."""
    names = (plain_name(base_name) if number == 1 else f"{plain_name(base_name)}-{number}" for number in count(1))
    return next(name for name in names if name not in reserved and not _exists(_default_folder(kind, name)))


def default_folder(kind: JobKind, name: str) -> str:
    """The `output_dir` of a job that was given none; created at once, so that no other job gets it.

    Raises DiskFullError.
    """
    if kind in DATASET_MAKERS:
        return str(home() / "datasets")
    for number in count(1):
        folder = _default_folder(kind, name if number == 1 else f"{name}-{number}")
        require_room(folder)
        try:
            with naming_full_disks(folder):
                folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return str(folder)


def given_folder(folder: str) -> str:
    """An `output_dir` as an absolute path. Raises InputError if it cannot be a folder."""
    if "\0" in folder or not folder.strip():
        raise InputError(f"{folder!r} is not a valid folder.", "Give the path of a folder.")
    path = Path(folder).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file.", "Give the path of a folder.")
    return str(path)


def refuse_taken(kind: JobKind, spec: Spec) -> None:
    """Raise ConflictError if what `spec` would make already exists: nothing is ever overwritten."""
    for taken in (found for place in _places(kind, spec) for found in place.parent.glob(place.name)):
        raise ConflictError(f"{taken} already exists.", "Choose another name or folder, or delete it first.")


def _places(kind: JobKind, spec: Spec) -> list[Path]:
    folder = Path(spec.output_dir)
    if isinstance(spec, (PrepareSpec, SynthesizeSpec)):
        return [dataset_folder(spec), folder / later_versions(dataset_folder(spec).name)]
    if isinstance(spec, ExportSpec):
        return [folder / f"model-{gguf_type}.gguf" for gguf_type in spec.types]
    return [folder / leaf for leaf in _LEAVES[kind]]


def is_taken(kind: JobKind, name: str) -> bool:
    """Whether a job of `kind` cannot use this name; only datasets can clash, other kinds get numbered folders."""
    return kind in DATASET_MAKERS and _exists(_default_folder(kind, name))


def _exists(folder: Path) -> bool:
    return folder.exists() or any(folder.parent.glob(later_versions(folder.name)))


def _default_folder(kind: JobKind, name: str) -> Path:
    if kind in DATASET_MAKERS:
        return home() / "datasets" / folder_name(name)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or str(kind)
    return home() / _FOLDERS.get(kind, "runs") / slug
