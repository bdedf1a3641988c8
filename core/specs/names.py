"""The rules for names of jobs and datasets, and for ids on the hub: one owner for specs, use cases and REST.

A dataset `care` is in the folder `care_dataset`, its second version in `care.v2_dataset` beside it.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.specs.spec import Spec

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._ -]*"
LONGEST_NAME = 80
_ENDING = "_dataset"
_VERSION = re.compile(r"(?P<root>.+)\.v(?P<number>\d+)")
_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


def is_name(text: str) -> bool:
    """Whether a job or dataset can be called this."""
    fits = len(text) <= LONGEST_NAME and re.fullmatch(NAME_PATTERN, text)
    return bool(fits) and ".." not in text and text == text.strip()


def is_hub_id(text: str) -> bool:
    """Whether a Hugging Face repository can be called this: `owner/name`, or just `name` for some old ones."""
    return bool(_HUB_ID.fullmatch(text)) and ".." not in text and "--" not in text


def folder_name(name: str) -> str:
    """The name of the folder that holds the dataset `name`."""
    return name.replace(" ", "_").removesuffix(_ENDING) + _ENDING


def dataset_name(folder: Path | str) -> str:
    """The name of the dataset in a folder."""
    return Path(folder).name.removesuffix(_ENDING)


def dataset_folder(spec: "Spec") -> Path:
    """The folder in which the dataset of a prepare or synthesize job is published."""
    return Path(spec.output_dir) / folder_name(spec.name)


def version_name(root: str, number: int) -> str:
    """The name of a later version of the dataset `root`."""
    return f"{dataset_name(folder_name(root))}.v{number}"


def root_and_version(name: str) -> tuple[str, int | None]:
    """The name that all versions of a dataset share, and the version; None in the name of a first version."""
    later = _VERSION.fullmatch(name)
    return (later["root"], int(later["number"])) if later else (name, None)


def later_versions(folder: str) -> str:
    """A glob pattern for the folders of a dataset's later versions, given the name of its first folder."""
    return f"{dataset_name(folder)}.v[0-9]*{_ENDING}"
