"""What is known of a job that has not succeeded, or not yet: how far it came, what its losses say, what goes on."""

from pathlib import Path

from app.data.reports import report_in
from app.jobs.queries import job_metrics
from app.training.judge_run import has_turned
from app.wording.numbers import number_text, plural, told_apart
from core.specs import DeathCause, HoldReason, JobKind, JobState
from storage.rows import Job

_NOTHING_YET = {
    JobKind.PREPARE: "The dataset is there once all of it is written.",
    JobKind.SYNTHESIZE: "The dataset is there once all of it is written.",
    JobKind.TRAIN: "Getting ready to learn: nothing is known before the first steps.",
    JobKind.EVALUATE: "Being scored: nothing is known of its answers before the last of them.",
    JobKind.EXPORT: "Being made: no file is offered before it was compared with the model.",
    JobKind.BENCHMARK: "Being measured: the figures come once every model has been.",
}
"""What is said of a running job that has nothing to show."""


def so_far(job: Job) -> str:
    """One sentence about a job that is queued, held, running, failed or cancelled. Plain text."""
    told = {
        JobState.QUEUED: _held if job.hold_reason else _waiting,
        JobState.RUNNING: _running,
        JobState.FAILED: _failed,
        JobState.CANCELLED: _stopped,
    }
    return told[job.state](job)


def _waiting(job: Job) -> str:
    if not job.attempt:
        return "Waiting for a free place; it starts by itself."
    cause = f" ({job.death_cause})" if job.death_cause else ""
    return f"Interrupted{_at_step(job)}{cause}; it goes on by itself {_from_where(job)}."


def _held(job: Job) -> str:
    if job.hold_reason == HoldReason.DISK_FULL:
        return f"Held{_at_step(job)}: nothing is lost; it goes on by itself once there is room on the disk."
    if not job.attempt:
        return "Paused by you before it began: Resume puts it back in line."
    return f"Paused by you{_at_step(job)}: Resume goes on {_from_where(job)}."


def _running(job: Job) -> str:
    if not (step := _at_step(job)):
        return _NOTHING_YET[job.kind]
    losses = f": {losses}" if (losses := _losses(job)) else ""
    word = "Still learning" if job.progress_done < job.progress_total else "Done learning"  # what is left is to merge
    return f"{word}{step}{losses}. Nothing is known of its answers before an evaluation."


def _failed(job: Job) -> str:
    cause = f", {job.death_cause}" if job.death_cause not in (None, DeathCause.ERROR) else ""
    told = " ".join((job.error_message or "the log may say why.").split())
    return f"Failed{_at_step(job)}{cause}: {told}"


def _stopped(job: Job) -> str:
    if not job.attempt:
        return "Stopped by you before it began."
    losses = f": {losses}" if (losses := _losses(job)) else ""
    checkpoint = f" The checkpoint of step {kept:,} is kept." if (kept := _kept_step(job)) else ""
    return f"Stopped by you{_at_step(job) or ' before it was done'}{losses}.{checkpoint}"


def _at_step(job: Job) -> str:
    """How far a run came: its progress is counted in steps whatever it does; that of others says nothing."""
    if job.kind != JobKind.TRAIN or not (job.progress_done and job.progress_total):
        return ""
    return f" at step {job.progress_done:,.0f} of {job.progress_total:,.0f}"


def _from_where(job: Job) -> str:
    kept = _kept_step(job)
    return f"from the checkpoint of step {kept:,}, which is kept" if kept else "from the beginning"


def _kept_step(job: Job) -> int | None:
    """The step of the newest checkpoint of a run: what stands there under such a name is whole."""
    if job.kind != JobKind.TRAIN:
        return None
    names = (path.name.removeprefix("checkpoint-") for path in Path(job.output_dir).glob("checkpoint-*"))
    return max((int(name) for name in names if name.isdecimal()), default=None)


def _losses(job: Job) -> str:
    """How the validation loss of a run went; empty before it was measured twice."""
    points = [] if job.kind != JobKind.TRAIN else job_metrics(job.id, names=["eval_loss"])["eval_loss"]
    measured = [point for point in points if point[1] is not None]
    if len(measured) < 2:
        return ""
    (_, first), (_, last) = measured[0], measured[-1]
    step, best = min(measured[1:], key=lambda point: point[1])
    count = (report_in(Path(job.spec.get("dataset", ""))) or {"splits": {}})["splits"].get("validation")
    loss = f"the loss on {plural(count, 'unseen example') if count else 'unseen examples'}"
    if best >= first:
        return f"{loss} has not fallen below the {number_text(first)} it began with"
    fell = f"{loss} fell from {' to '.join(told_apart(first, best))}"
    return f"{fell} at step {step:,}, then rose to {told_apart(best, last)[1]}" if has_turned(best, last) else fell
