"""The titles of things, the same on every page, and the names of downloaded files."""

import re

from core.specs.names import dataset_name, root_and_version
from storage.rows import Job

_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.I)
"""Device names that Windows reserves, whatever the extension."""


def dataset_title(root: str, version: int) -> str:
    """`kunden` for the first version of a dataset, `kunden, version 4` for the fourth."""
    return root if version == 1 else f"{root}, version {version}"


def folder_title(folder: str) -> str:
    """The title of the dataset in this folder: `kunden, version 4` for `kunden.v4_dataset`."""
    root, version = root_and_version(dataset_name(folder))
    return dataset_title(root, version or 1)


def job_title(job: Job) -> str:
    """A job's name; for a dataset's new version, the title that version will have."""
    return folder_title(job.name) if job.spec.get("parent") else job.name


def file_name(title: str, ending: str) -> str:
    """`title` and `ending` (with its dot: `.jsonl`, `.gguf`) as a file name valid on every file system."""
    stem = re.sub(r"[^A-Za-z0-9._]+", "-", title).strip("-._") or "unnamed"
    return f"{stem}{'-' if _DEVICE.fullmatch(stem.partition('.')[0]) else ''}{ending}"
