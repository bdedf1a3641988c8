"""The files below a folder, and those that hold rows in one saved by `datasets`."""

import os
import re
from pathlib import Path, PurePosixPath

from core.data.reading.content import Content, file_content
from core.data.reading.limits import FOLDER_FILES
from core.data.reading.meter import Meter
from core.errors import InputError

_STATE, _SHARD = "state.json", re.compile(r"(?!cache-).*\.arrow")
"""In a folder saved by the library `datasets`: its metadata of a split, and its files of rows."""


def is_hidden(name: str) -> bool:
    """Whether a path is one that programs leave behind (`.git`, `.DS_Store`, `__MACOSX`)."""
    parts = name.replace("\\", "/").split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def folder_files(folder: Path, meter: Meter) -> list[Content]:
    """All regular files below `folder`; links that lead out of it are skipped."""
    files, real = [], folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            path = Path(place, name)
            if is_hidden(name) or not path.is_file() or not path.resolve().is_relative_to(real):
                continue
            files.append(file_content(path, path.relative_to(folder).as_posix(), meter, meter.total))
            meter.total += files[-1].size_bytes
            if len(files) > FOLDER_FILES:
                raise InputError(
                    f"{folder.name} holds more than {FOLDER_FILES:,} files, too many to list.",
                    "Use a smaller folder, or an archive.",
                )
    return files


def saved_rows(files: list[Content]) -> list[Content]:
    """The files of rows in a folder saved by the library `datasets`, without metadata and caches; else nothing."""
    if not any(PurePosixPath(file.name).name == _STATE for file in files):
        return []
    return [file for file in files if _SHARD.fullmatch(PurePosixPath(file.name).name)]
