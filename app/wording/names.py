"""What each thing is called: the same on every page, and in the names of the files that are taken home."""

import re

from storage.rows import Job

_VERSION = re.compile(r"(?P<root>.+)\.v(?P<number>\d+)")
"""How the folder of a dataset's later version is called, and so the job that makes it."""
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.I)
"""What Windows takes for a device, whatever stands behind the dot."""


def dataset_title(root: str, version: int) -> str:
    """`kunden` for the first version of a dataset, `kunden, version 4` for the fourth."""
    return root if version == 1 else f"{root}, version {version}"


def folder_title(folder: str) -> str:
    """The title of the dataset in this folder: `kunden.v4_dataset`, wherever it lies, is `kunden, version 4`."""
    name = folder.rpartition("/")[2].removesuffix("_dataset")
    later = _VERSION.fullmatch(name)
    return dataset_title(later["root"], int(later["number"])) if later else name


def job_title(job: Job) -> str:
    """A job's name; that of a dataset's new version as the dataset will be called."""
    return folder_title(job.name) if job.spec.get("parent") else job.name


def file_name(title: str, ending: str) -> str:
    """`title` and `ending` (with what sets it off: `.jsonl`, `.gguf`) as a name that every file system takes."""
    stem = re.sub(r"[^A-Za-z0-9._]+", "-", title).strip("-._") or "unnamed"
    return f"{stem}{'-' if _DEVICE.fullmatch(stem.partition('.')[0]) else ''}{ending}"
