"""The child that runs one attempt of a job: attaches to it, runs its handler, records how it ended."""

import errno
import faulthandler
import logging
import os
import shutil
import signal
import threading
from functools import partial
from pathlib import Path

from core.artifacts import publish_file, revoke_staged
from core.disk_space import free_bytes, on_same_disk, size_bytes, temporary_folder
from core.errors import DiskFullError, InputError, TransitionRefusedError, TunewrightError
from core.full_disk import FULL_BELOW_BYTES, disk_full, means_full_disk
from core.reporting import Stopped
from core.specs import DeathCause, HoldReason, JobKind, Spec, StopRequest, parse_spec
from core.specs.results.sample_answers import SAMPLE_ANSWERS
from storage import endings
from storage.actors import Actor
from storage.artifacts import places_now
from storage.database import Store, open_store
from storage.discarding import discard_output
from storage.disk_holds import hold_for_disk
from storage.rows import Job
from storage.settings import settings
from workers.handlers import HANDLERS
from workers.lease import Lease, leave
from workers.log import log_lines_of
from workers.reporter import DatabaseReporter

_BUSY_SECONDS = 600
"""Hours of work must not fail on a busy database; whatever blocks it finishes or is ended long before."""
_ENDING_SECONDS = 8
"""For a training told to end: Docker gives 10 s before it kills, systemd 90, a supervisor less."""
_NO_MEMORY = (os.strerror(errno.ENOMEM), "failed to map segment from shared object")
"""How the system says that memory ran out, to any library and while one is loaded."""
log = logging.getLogger(__name__)


def run_job(job_id: str, attempt: int, worker_id: str) -> None:
    """Run the attempt that the supervisor `worker_id` has claimed. Exits the process when it is no longer ours."""
    faulthandler.enable()  # so a native crash leaves its stack in the log
    store = open_store(settings(), busy_seconds=_BUSY_SECONDS)
    lease = Lease(store, job_id, attempt, worker_id)
    job = lease.attach()
    log_lines_of(job_id, lease.check)
    lease.check_on_waking()
    log.info("attempt %d begins, process %d", attempt, os.getpid())
    reporter = DatabaseReporter(lease)
    reporter.memory_deaths = endings.count_deaths(store, job_id, DeathCause.OUT_OF_MEMORY)
    if job.kind == JobKind.TRAIN:
        _save_when_told_to_end(reporter)
    revoke_staged(Path(job.output_dir), reporter.attempt)
    is_ours = _is_ours(job)
    verdict = _run(store, job, reporter)
    if reporter.told_to_end:  # whatever came of it, since what it had started was told to end too
        log.info("attempt %d was told to end and continues later", attempt)
        _end_by_sigterm()
    try:
        reporter.conclude(verdict)
    except TransitionRefusedError:
        leave()
    if is_ours and verdict.func in (endings.fail, endings.cancel_running):
        _remove_if_empty(Path(job.output_dir))
    log.info("attempt %d ends", attempt)


def _save_when_told_to_end(reporter: DatabaseReporter) -> None:
    """At SIGTERM, end after the step under way and its checkpoint, or without them if they take too long."""

    def told(*_: object) -> None:
        if (request := reporter.stop_requested()) and request.gives_up:
            _end_by_sigterm()
        if not reporter.told_to_end:
            reporter.told_to_end = True
            late = threading.Timer(_ENDING_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
            late.daemon = True
            late.start()

    signal.signal(signal.SIGTERM, told)


def _end_by_sigterm() -> None:
    """End this process so that its supervisor sees by which signal."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


def _run(store: Store, job: Job, reporter: DatabaseReporter) -> partial:
    """Run the handler of `job`. Returns the transition that follows from its outcome."""
    try:
        spec = parse_spec(job.kind, job.spec)
        if job.kind not in HANDLERS:
            raise InputError(f"{job.kind} cannot be run yet.", "Update Tunewright.")
        result, artifacts = HANDLERS[JobKind(job.kind)](_on_this_machine(store, job, spec), reporter)
        _save_spec(job, spec, reporter)
        return partial(endings.succeed, store, job.id, job.attempt, result, artifacts)
    except Stopped as stopped:
        if stopped.request == StopRequest.DISCARD:
            discard_output(store, job)
        if stopped.request.gives_up:
            return partial(endings.cancel_running, store, job.id, job.attempt)
        return partial(endings.pause_running, store, job.id, job.attempt, HoldReason.PERSON)
    except DiskFullError as error:
        log.error("%s", error.message)
        return _hold_for_disk(store, job, reporter, error)
    except TunewrightError as error:
        log.error("%s %s", error.message, error.remedy)
        return partial(endings.fail, store, job.id, job.attempt, error.message, error.remedy)
    except Exception as error:  # the process boundary: any error becomes the job's end
        log.exception("the job failed")
        if means_full_disk(error):
            return _hold_for_disk(store, job, reporter, error)
        return partial(endings.fail, store, job.id, job.attempt, *_in_words(error))


def _on_this_machine(store: Store, job: Job, spec: Spec) -> Spec:
    """`spec` with what it names found by artifact id first; where that is not here, by path."""
    return spec.relocated(places_now(store, Actor(job.owner_id), spec.artifact_ids))


def _in_words(error: Exception) -> tuple[str, str, DeathCause]:
    """Message, remedy and cause of an unexpected error."""
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if named or any(words in str(error) for words in _NO_MEMORY):
        return (
            "The memory ran out.",
            "Use a smaller batch, a shorter sequence length or a smaller model, or close other programs.",
            DeathCause.OUT_OF_MEMORY,
        )
    return f"{type(error).__name__}: {error}"[:1000], "See the log for details.", DeathCause.ERROR


def _save_spec(job: Job, spec: Spec, reporter: DatabaseReporter) -> None:
    """Save the spec beside the output, without replacing another job's. A dataset contains its own."""
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
    """Whether the output folder is this job's own: made for it in the workspace, or absent until it began."""
    folder, home = Path(job.output_dir), settings().home
    return not folder.exists() or home in folder.parents and folder.parent != home


def _remove_if_empty(folder: Path) -> None:
    """Leave no folder behind when a job made nothing, which frees its name. A run's first answers are nothing yet."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {SAMPLE_ANSWERS}:
        shutil.rmtree(folder)


def _hold_for_disk(store: Store, job: Job, reporter: DatabaseReporter, error: Exception) -> partial:
    """Remove what was staged, to make room for recording the end; report how many bytes were missing, and where.

    That is at least what had been staged so far, and for a training the size of an earlier checkpoint.
    """
    output_dir = Path(job.output_dir)
    place, needed_bytes = _where_full(output_dir, error)
    staged = list(output_dir.glob(f".*{reporter.attempt}*.partial"))
    if on_same_disk(place, output_dir):
        needed_bytes = max(needed_bytes, *map(size_bytes, (*staged, *output_dir.glob("checkpoint-*"))), 0)
    for folder in staged:
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    if (request := reporter.stop_requested()) and request.gives_up:
        return partial(endings.cancel_running, store, job.id, job.attempt)
    full = disk_full(place, needed_bytes, then="it resumes by itself")
    return partial(hold_for_disk, store, job.id, job.attempt, full)


def _where_full(output_dir: Path, error: Exception) -> tuple[Path, int]:
    """The place that was full and the bytes it needs; when the error does not say, the fullest place jobs write to."""
    if isinstance(error, DiskFullError) and error.place:
        return Path(error.place), error.needed_bytes - FULL_BELOW_BYTES
    return min((output_dir, settings().home, temporary_folder()), key=free_bytes), 0
