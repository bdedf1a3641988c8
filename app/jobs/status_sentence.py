"""One sentence on a job that has not succeeded (yet): how far it got, what its losses say, what happens next."""

from pathlib import Path

from app.data.reports import report_in
from app.jobs.queries import job_metrics
from app.wording.numbers import distinct_numbers, number_text, plural
from app.wording.validation import REWARD, validation_measure
from core.reporting import DOWNLOADING
from core.specs import DeathCause, HoldReason, JobKind, JobState, StopRequest
from core.training.watching.warnings import has_turned
from storage.actors import Actor
from storage.rows import Job

_NOTHING_YET = {
    JobKind.PREPARE: "The dataset appears once all of it is written.",
    JobKind.SYNTHESIZE: "The dataset appears once all of it is written.",
    JobKind.TRAIN: "Getting ready: there is nothing to show before the first steps.",
    JobKind.EVALUATE: "Scoring: there is nothing to show before the last answer.",
    JobKind.EXPORT: "Exporting: each file is offered once it has been compared with the model.",
    JobKind.JUDGE: "Asking the judge: its replies are kept as they come, the scores appear after the last.",
    JobKind.BENCHMARK: "Measuring: the figures appear once every model is done.",
}
"""For a running job with nothing to show yet."""


def status_sentence(actor: Actor, job: Job) -> str:
    """One sentence, as plain text, on a job that is queued, on hold, running, failed or cancelled."""
    if job.state in (JobState.RUNNING, JobState.CANCELLED):
        return (_running if job.state == JobState.RUNNING else _stopped)(actor, job)
    sentences = {JobState.QUEUED: _held if job.hold_reason else _waiting, JobState.FAILED: _failed}
    return sentences[job.state](job)


def _waiting(job: Job) -> str:
    if not job.attempt:
        return "Waiting for a free slot; it starts automatically."
    if job.stop_requested == StopRequest.FINISH:
        return f"Waiting for a free slot{_at_step(job)}, to publish what it has learned so far."
    cause = f" ({job.death_cause})" if job.death_cause else ""
    return f"Interrupted{_at_step(job)}{cause}; it resumes automatically {_from_where(job)}."


def _held(job: Job) -> str:
    if job.hold_reason == HoldReason.DISK_FULL:
        return f"On hold{_at_step(job)}: nothing is lost; it resumes automatically once there is disk space."
    if not job.attempt:
        return "Paused by you before it started: Resume puts it back in the queue."
    return f"Paused by you{_at_step(job)}: Resume continues {_from_where(job)}."


def _running(actor: Actor, job: Job) -> str:
    if job.stop_requested == StopRequest.FINISH:
        return f"Finishing{_at_step(job)}: what it has learned so far is published."
    if not (step := _at_step(job)):
        return _NOTHING_YET[job.kind]
    losses = f": {losses}" if (losses := _losses(actor, job)) else ""
    word = "Training" if job.progress_done < job.progress_total else "Done training"  # what is left is to merge
    return f"{word}{step}{losses}. Only an evaluation shows how good its answers are."


def _failed(job: Job) -> str:
    cause = f", {job.death_cause}" if job.death_cause not in (None, DeathCause.ERROR) else ""
    message = " ".join((job.error_message or "the log may say why.").split())
    return f"Failed{_at_step(job)}{cause}: {message}"


def _stopped(actor: Actor, job: Job) -> str:
    if not job.attempt:
        return "Stopped by you before it started."
    losses = f": {losses}" if (losses := _losses(actor, job)) else ""
    checkpoint = f" The checkpoint of step {kept:,} is kept." if (kept := _kept_step(job)) else ""
    return f"Stopped by you{_at_step(job) or ' before it finished'}{losses}.{checkpoint}"


def _at_step(job: Job) -> str:
    """How far a run got; only runs count their progress in steps."""
    in_steps = job.kind == JobKind.TRAIN and not job.stage.startswith(DOWNLOADING)
    if not (in_steps and job.progress_done and job.progress_total):
        return ""
    return f" at step {job.progress_done:,.0f} of {job.progress_total:,.0f}"


def _from_where(job: Job) -> str:
    kept = _kept_step(job)
    return f"from the checkpoint of step {kept:,}" if kept else "from the start"


def _kept_step(job: Job) -> int | None:
    """The step of a run's newest checkpoint; checkpoints are published by rename, so each one found is complete."""
    if job.kind != JobKind.TRAIN:
        return None
    names = (path.name.removeprefix("checkpoint-") for path in Path(job.output_dir).glob("checkpoint-*"))
    return max((int(name) for name in names if name.isdecimal()), default=None)


def _losses(actor: Actor, job: Job) -> str:
    """How a run's validation loss developed; empty before it was measured twice."""
    points = [] if job.kind != JobKind.TRAIN else job_metrics(actor, job.id, names=["eval_loss"])["eval_loss"]
    measured = [point for point in points if point[1] is not None]
    if len(measured) < 2:
        return ""
    (_, first), (_, last) = measured[0], measured[-1]
    step, best = min(measured[1:], key=lambda point: point[1])
    report = report_in(Path(job.spec.get("dataset", "")))
    count = report.splits.get("validation") if report else None
    on = plural(count, "unseen example") if count else "unseen examples"
    if (measure := validation_measure(job.spec)) is REWARD:
        rewards = " to ".join(distinct_numbers(measure.value(first), measure.value(best)))
        return f"the mean reward on {on} went from {rewards} at step {step:,}"
    loss = f"the loss on {on}"
    if best >= first:
        return f"{loss} has not fallen below its starting value of {number_text(first)}"
    fell = f"{loss} fell from {' to '.join(distinct_numbers(first, best))}"
    return (
        f"{fell} at step {step:,}, then rose to {distinct_numbers(best, last)[1]}" if has_turned(best, last) else fell
    )
