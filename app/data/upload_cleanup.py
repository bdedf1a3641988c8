"""Removing uploads that are no longer needed: an hour after a dataset was made from one, else after a week."""

import fcntl
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from app.data.uploads import upload_folder
from app.plumbing.studio import store
from core.specs import FINAL_STATES, JobState
from storage.jobs import states_of_jobs_naming

USED_UPLOAD_SECONDS = 3600
"""How long an upload stays after its last use, once a dataset was made from it."""
UNUSED_UPLOAD_SECONDS = 7 * 24 * 3600
_REMOVED = ".removed"


def sweep_uploads() -> None:
    """Remove partial files of killed servers, and uploads that are no longer needed.

    Files arriving at another server stay, as do uploads named by a job that has not ended.
    """
    for place in upload_folder("").glob("*"):
        with suppress(FileNotFoundError):  # another server may be cleaning up too
            if place.suffix == ".partial":
                _remove_unless_arriving(place)
            elif place.is_dir() and _is_spent(place):
                _remove(place)


def _remove_unless_arriving(partial: Path) -> None:
    with partial.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        partial.unlink(missing_ok=True)


def _is_spent(folder: Path) -> bool:
    """Whether an upload is old enough to remove, and no unfinished job will read it."""
    age_seconds = time.time() - folder.stat().st_mtime
    if age_seconds < USED_UPLOAD_SECONDS:
        return False
    states = states_of_jobs_naming(store(), folder.stem)
    return states <= FINAL_STATES and (JobState.SUCCEEDED in states or age_seconds > UNUSED_UPLOAD_SECONDS)


def _remove(folder: Path) -> None:
    """Remove an upload, unless it is being used at this moment: a use touches the folder first."""
    aside = folder.with_name(folder.stem + _REMOVED)
    folder.rename(aside)
    if time.time() - aside.stat().st_mtime < USED_UPLOAD_SECONDS:
        aside.rename(folder)
    else:
        shutil.rmtree(aside)


def discard_upload(upload_id: str) -> None:
    """Remove an unwanted upload, unless an unfinished job will read it."""
    if re.fullmatch(r"[0-9a-f]{16}", upload_id) and states_of_jobs_naming(store(), upload_id) <= FINAL_STATES:
        shutil.rmtree(upload_folder(upload_id), ignore_errors=True)
