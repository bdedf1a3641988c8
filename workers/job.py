"""The child that runs one job, once: takes the attempt, runs the stage, writes down how it ended."""

import errno
import faulthandler
import logging
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.artifacts import publish_file
from core.errors import DiskFullError, InputError, TransitionRefusedError, TunewrightError
from core.jobs import DeathCause, HoldReason, JobKind, Spec, StopRequest, parse_spec
from core.reporting import Stopped
from storage import jobs
from storage.database import Store, open_store
from storage.rows import Job
from storage.settings import settings
from workers.handlers import HANDLERS
from workers.lease import Lease, leave
from workers.log import log_lines_of
from workers.reporter import DatabaseReporter

_BUSY_SECONDS = 600
"""Hours of work are not given up because the database was busy: whoever blocks it is ended or done long before."""
log = logging.getLogger(__name__)


def run_job(job_id: str, attempt: int, worker_id: str) -> None:
    """Run the attempt that the supervisor `worker_id` has claimed. Does not return when it is no longer ours."""
    faulthandler.enable()  # a native crash leaves its stack in the log
    store = open_store(settings(), busy_seconds=_BUSY_SECONDS)
    lease = Lease(store, job_id, attempt, worker_id)
    job = lease.attach()
    log_lines_of(job_id, lease.check)
    lease.check_on_waking()
    log.info("attempt %d begins, process %d", attempt, os.getpid())
    reporter = DatabaseReporter(lease)
    is_ours = _is_ours(job)
    verdict = _run(store, job, reporter)
    try:
        reporter.conclude(verdict)
    except TransitionRefusedError:
        leave()
    if is_ours and verdict.func in (jobs.fail, jobs.cancel_running):
        _remove_if_empty(Path(job.output_dir))
    log.info("attempt %d ends", attempt)


def _run(store: Store, job: Job, reporter: DatabaseReporter) -> partial:
    """Run the stage of `job`. Returns the transition that its end calls for."""
    try:
        spec = parse_spec(job.kind, job.spec)
        if job.kind not in HANDLERS:
            raise InputError(f"{job.kind} cannot be run yet.", "Update Tunewright.")
        result, artifacts = HANDLERS[JobKind(job.kind)](spec, reporter)
        _save_spec(job, spec, reporter)
        return partial(jobs.succeed, store, job.id, job.attempt, result, artifacts)
    except Stopped as stopped:
        if stopped.wish == StopRequest.CANCEL:
            return partial(jobs.cancel_running, store, job.id, job.attempt)
        return partial(jobs.pause_running, store, job.id, job.attempt, HoldReason.PERSON)
    except DiskFullError as error:
        log.error("%s", error.message)
        return _pause_for_disk(store, job, reporter, error)
    except TunewrightError as error:
        log.error("%s %s", error.message, error.remedy)
        return partial(jobs.fail, store, job.id, job.attempt, error.message, error.remedy)
    except Exception as error:  # the edge of the process: whatever happened becomes the job's end
        log.exception("the job failed")
        if _is_disk_full(error):
            return _pause_for_disk(store, job, reporter, error)
        return partial(jobs.fail, store, job.id, job.attempt, *_in_words(error))


def _in_words(error: Exception) -> tuple[str, str, DeathCause]:
    """Message, remedy and cause of an error nobody foresaw."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return (
            "The memory ran out.",
            "Take a smaller batch, a shorter sequence length or a smaller model, or close other programs.",
            DeathCause.OUT_OF_MEMORY,
        )
    return f"{type(error).__name__}: {error}"[:1000], "Look at the log for the whole story.", DeathCause.ERROR


def _save_spec(job: Job, spec: Spec, reporter: DatabaseReporter) -> None:
    """What was asked, beside what it made; another job's is left alone. A dataset carries its own inside."""
    if job.kind in (JobKind.PREPARE, JobKind.SYNTHESIZE):
        return
    folder, text = Path(spec.output_dir), spec.model_dump_json(indent=1)
    final = folder / "spec.json"
    if final.exists() and final.read_text(encoding="utf-8") != text:
        final = folder / f"spec-{job.id}.json"
    staged = folder / f".spec.{reporter.attempt}.partial"
    staged.write_text(text, encoding="utf-8")
    publish_file(staged, final, reporter)


def _is_ours(job: Job) -> bool:
    """Whether the job's folder is its own: made for it in the workspace, or not there before it began."""
    folder, home = Path(job.output_dir), settings().home
    return not folder.exists() or home in folder.parents and folder.parent != home


def _remove_if_empty(folder: Path) -> None:
    """Leave no empty folder behind a job that made nothing; its name is free again."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _is_disk_full(error: BaseException) -> bool:
    """Whether `error`, or what led to it, is the system's "no space left" (libraries, and SQLite, only quote it)."""
    return any(
        getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or any(words in str(cause) for words in ("No space left on device", "disk is full"))
        for cause in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _pause_for_disk(store: Store, job: Job, reporter: DatabaseReporter, error: Exception) -> partial:
    """Remove what was being staged, so that there is room to write the pause down; say how much was missing.

    What is missing is at least what was staged so far, and for a training as much as an earlier checkpoint takes.
    """
    output_dir = Path(job.output_dir)
    staged = list(output_dir.glob(f".*{reporter.attempt}*.partial"))
    sizes = [_size_bytes(place) for place in (*staged, *output_dir.glob("checkpoint-*"))]
    needed_bytes = max([getattr(error, "needed_bytes", None) or 1, *sizes])
    for place in staged:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    free_bytes = shutil.disk_usage(next(place for place in (output_dir, *output_dir.parents) if place.exists())).free
    message = (
        f"The disk is full: what comes next needs at least {needed_bytes:,} bytes in {output_dir}, "
        f"and {free_bytes:,} are free."
    )
    return partial(
        jobs.pause_running, store, job.id, job.attempt, HoldReason.DISK_FULL, message, "Free space, then resume."
    )


def _size_bytes(place: Path) -> int:
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return sum(file.stat().st_size for file in files)
