"""Following a job on the terminal: its events, and one line with stage, progress and time left."""

import sys
import time

from app.cli.actor import actor
from app.jobs.queries import job, job_events
from app.jobs.stop_and_resume import cancel_job
from app.plumbing.supervision import ensure_supervisor
from core.errors import ConflictError, DiskFullError, TunewrightError
from core.full_disk import MAKE_ROOM
from core.reporting import without_figures
from core.specs import FINAL_STATES, HoldReason, JobState
from storage.rows import Job

_POLL_SECONDS = 0.1
_PLAIN_LINE_SECONDS = 5
_SUPERVISOR_CHECK_SECONDS = 2


def follow(started: Job) -> dict:
    """The result of a job once it has succeeded; starts a worker if none is alive.

    Raises TunewrightError with the job's error if it failed, was cancelled or was put on hold. On Ctrl-C the job keeps
    running, or is cancelled if the user says so, and KeyboardInterrupt is raised.
    """
    try:
        ended = _wait(started.id)
    except KeyboardInterrupt:
        _part(started.id)
        raise
    if ended.state == JobState.SUCCEEDED:
        return ended.result or {}
    if ended.state == JobState.CANCELLED:
        raise ConflictError(f"The job {ended.id} was cancelled.")
    raise TunewrightError(
        ended.error_message or f"The job {ended.id} failed.",
        ended.error_remedy or f"See its log: python -m app jobs logs {ended.id}",
    )


def _wait(job_id: str) -> Job:
    line = _ProgressLine()
    seen_event = 0
    supervisor_checked = 0.0
    while True:
        current = job(actor(), job_id)
        for event in job_events(actor(), job_id, after_id=seen_event):
            if event.message != f"failed: {current.error_message}":  # printed at the end, with the remedy
                line.say(" ".join(filter(None, (event.message, event.details.get("remedy")))))
            seen_event = event.id
        if current.state in FINAL_STATES:
            line.say("")
            return current
        if current.hold_reason:
            line.say("")
            again = f"Resume it: python -m app jobs resume {job_id}"
            if current.hold_reason == HoldReason.DISK_FULL:  # resumes automatically only while a supervisor runs
                raise DiskFullError(current.error_message, f"{MAKE_ROOM}. {again}")
            raise ConflictError(f"The job {job_id} is on hold: {current.hold_reason}.", again)
        if time.monotonic() - supervisor_checked > _SUPERVISOR_CHECK_SECONDS:
            ensure_supervisor(until_idle=True)
            supervisor_checked = time.monotonic()
        line.show(current)
        time.sleep(_POLL_SECONDS)


def _part(job_id: str) -> None:
    """On a terminal, ask whether to cancel the job; otherwise say how to find it again."""
    print(f"\nThe job {job_id} continues in the background.", file=sys.stderr)
    if sys.stdin.isatty() and sys.stderr.isatty():
        print("Cancel it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            cancel_job(actor(), job_id)
            print("It is being cancelled.", file=sys.stderr)
            return
    print(f"Show it:   python -m app jobs show {job_id}", file=sys.stderr)
    print(f"Cancel it: python -m app jobs cancel {job_id}", file=sys.stderr)


class _ProgressLine:
    """A progress line on standard error: redrawn in place on a terminal, repeated at intervals elsewhere."""

    def __init__(self):
        self._on_terminal = sys.stderr.isatty()
        self._shown = ""
        self._shown_at = 0.0
        self._stage: str | None = None
        self._stage_began = 0.0
        self._stage_first = 0.0

    def show(self, current: Job) -> None:
        """Draw the progress, if it changed and enough time has passed."""
        text = self._text(current)
        waited = time.monotonic() - self._shown_at
        if text == self._shown or not (self._on_terminal or waited > _PLAIN_LINE_SECONDS):
            return
        ends = ("\r\033[K", "") if self._on_terminal else ("", "\n")
        print(f"{ends[0]}{text}", end=ends[1], file=sys.stderr, flush=True)
        self._shown, self._shown_at = text, time.monotonic()

    def say(self, text: str) -> None:
        """Print a line above the progress line; an empty one just ends the progress line."""
        if self._on_terminal and self._shown:
            print("\r\033[K", end="", file=sys.stderr)
        if text:
            print(text, file=sys.stderr, flush=True)
        self._shown = ""

    def _text(self, current: Job) -> str:
        if current.state == JobState.QUEUED:
            return f"{current.kind} {current.name}: waiting for a worker"
        done, total = current.progress_done or 0.0, current.progress_total or 0.0
        stage = without_figures(current.stage)
        if stage != self._stage:
            self._stage, self._stage_began, self._stage_first = stage, time.monotonic(), done
        parts = [f"{current.kind} {current.name}: {current.stage or 'starting'}"]
        if total:
            parts.append(f"{min(1.0, done / total):.0%}")
        advanced = done - self._stage_first
        if total and advanced > 0 and done < total:
            left = (time.monotonic() - self._stage_began) / advanced * (total - done)
            parts.append(f"about {_span(left)} left")
        return " · ".join(parts)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
