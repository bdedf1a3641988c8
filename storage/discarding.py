"""The output of a job that was cancelled and is not wanted: whose folder it is, and removing it."""

import shutil
from contextlib import suppress
from pathlib import Path

from core.disk_space import size_bytes
from core.specs import JobKind, StopRequest
from core.specs.evaluate import ANSWERS_FOLDER
from storage.database import Store
from storage.jobs import output_folders
from storage.rows import Job

_BEFORE_THE_END = {
    JobKind.TRAIN: ("checkpoint-*", ".*.partial"),
    JobKind.EVALUATE: (ANSWERS_FOLDER, ".*.partial"),
    JobKind.JUDGE: (ANSWERS_FOLDER, ".*.partial"),
}
"""What a job leaves before its end in a folder that somebody named; other kinds publish at their end only."""


def is_own_folder(store: Store, job: Job) -> bool:
    """Whether a job's folder is its alone: in the workspace, below the shared folders, and holding no other job's."""
    folder, home = Path(job.output_dir), store.settings.home
    if not folder.is_relative_to(home) or len(folder.relative_to(home).parts) < 2:
        return False
    return not any(Path(other).is_relative_to(folder) for other in output_folders(store, but_of=job.id))


def discard_output(store: Store, job: Job) -> int:
    """Remove for good what a job has saved so far; its log and its row stay. Returns the bytes freed."""
    folder = Path(job.output_dir)
    if is_own_folder(store, job):
        saved = [folder]
    else:
        saved = [path for name in _BEFORE_THE_END.get(JobKind(job.kind), ()) for path in folder.glob(name)]
    freed = sum(size_bytes(path) for path in saved)
    for path in saved:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return freed


def remove_unwanted(store: Store, job: Job) -> None:
    """Remove what nothing goes on with once `job` is cancelled: all of it if that was asked for, else the answers of an
    evaluation, and its folder if that is then empty."""
    if job.stop_requested == StopRequest.DISCARD:
        discard_output(store, job)
    elif job.kind in (JobKind.EVALUATE, JobKind.JUDGE):
        folder = Path(job.output_dir)
        shutil.rmtree(folder / ANSWERS_FOLDER, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()
