"""`jobs`: list, show, logs, cancel, pause, resume."""

from argparse import Namespace
from collections.abc import Callable, Iterator

from app.cli.actor import actor
from app.jobs.cancel_pause_resume import cancel_job, pause_job, resume_job
from app.jobs.logs import job_log
from app.jobs.queries import job, job_events, jobs
from core.errors import InputError
from storage.rows import Job


def run_action(args: Namespace) -> dict:
    """The result of a `jobs` action as plain values. Raises InputError if the action needs a job and none is given."""
    if args.action == "list":
        return {"jobs": [_summary(job) for job in jobs(actor())]}
    if not getattr(args, "job", None):
        raise InputError(f"jobs {args.action} needs a job.", "List them: python -m app jobs list")
    if args.action == "logs":
        return {"job": args.job, "log": job_log(actor(), args.job)}
    return {"job": _ACTIONS[args.action](args.job)}


def in_words(result: dict) -> Iterator[str]:
    """The same as text."""
    if "log" in result:
        yield result["log"].rstrip()
    elif "jobs" in result:
        for job in result["jobs"]:
            yield f"{job['id']:28} {job['state']:10} {job['created_at']:%Y-%m-%d %H:%M}  {job['name']}"
    else:
        for field, value in result["job"].items():
            if field != "events":
                yield f"{field}: {value}"
        for event in result["job"].get("events", ()):
            yield f"{event['at']:%H:%M:%S} {event['message']}"


def _summary(job: Job) -> dict:
    return {
        "id": job.id, "kind": job.kind, "name": job.name, "state": job.state, "hold_reason": job.hold_reason,
        "stage": job.stage, "progress_done": job.progress_done, "progress_total": job.progress_total,
        "created_at": job.created_at, "output_dir": job.output_dir,
    }  # fmt: skip


def _shown(job_id: str) -> dict:
    found = job(actor(), job_id)
    events = [{"at": event.at, "message": event.message} for event in job_events(actor(), job_id)]
    return _summary(found) | {
        "attempt": found.attempt, "started_at": found.started_at, "ended_at": found.ended_at, "spec": found.spec,
        "result": found.result, "error_message": found.error_message, "error_remedy": found.error_remedy,
        "events": events,
    }  # fmt: skip


_ACTIONS: dict[str, Callable[[str], dict]] = {
    "show": _shown,
    "cancel": lambda job_id: _summary(cancel_job(actor(), job_id)),
    "pause": lambda job_id: _summary(pause_job(actor(), job_id)),
    "resume": lambda job_id: _summary(resume_job(actor(), job_id)),
}
