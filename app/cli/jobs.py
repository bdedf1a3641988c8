"""`jobs`: list, show, logs; pause, resume, finish, cancel, discard; the queue and its order."""

from argparse import Namespace
from collections.abc import Callable, Iterator

from app.cli.actor import actor
from app.jobs.logs import job_log
from app.jobs.queries import job, job_events, jobs
from app.jobs.queue import move_job, waiting_jobs
from app.jobs.stop_and_resume import cancel_job, discard_job, finish_job, pause_job, resume_job
from core.errors import InputError
from storage.rows import Job


def run_action(args: Namespace) -> dict:
    """The result of a `jobs` action as plain values. Raises InputError if the action needs a job and none is given."""
    if args.action == "list":
        return {"jobs": [summary(job) for job in jobs(actor())]}
    if args.action == "queue":
        return {"jobs": [summary(job) for job in waiting_jobs(actor())]}
    if not getattr(args, "job", None):
        raise InputError(f"jobs {args.action} needs a job.", "List them: python -m app jobs list")
    if args.action == "logs":
        return {"job": args.job, "log": job_log(actor(), args.job)}
    if args.action == "move":
        if not hasattr(args, "to"):
            raise InputError("jobs move needs a place.", "Say where: --to first, up, down or last")
        return {"jobs": [summary(job) for job in move_job(actor(), args.job, args.to)]}
    return {"job": _ACTIONS[args.action](args.job)}


def in_words(result: dict) -> Iterator[str]:
    """The same as text."""
    if "log" in result:
        yield result["log"].rstrip()
    elif "jobs" in result:
        for job in result["jobs"]:
            state = f"{job['state']} (on hold)" if job["hold_reason"] else job["state"]
            yield f"{job['id']:28} {state:17} {job['created_at']:%Y-%m-%d %H:%M}  {job['name']}"
    else:
        for field, value in result["job"].items():
            if field != "events":
                yield f"{field}: {value}"
        for event in result["job"].get("events", ()):
            yield f"{event['at']:%H:%M:%S} {event['message']}"


def summary(job: Job) -> dict:
    """A job as a list shows it."""
    return {
        "id": job.id, "kind": job.kind, "name": job.name, "state": job.state, "hold_reason": job.hold_reason,
        "stage": job.stage, "progress_done": job.progress_done, "progress_total": job.progress_total,
        "created_at": job.created_at, "output_dir": job.output_dir, "stop_requested": job.stop_requested,
        "tags": list(job.tags), "notes": job.notes, "sweep": job.sweep_id,
    }  # fmt: skip


def _shown(job_id: str) -> dict:
    found = job(actor(), job_id)
    events = [{"at": event.at, "message": event.message} for event in job_events(actor(), job_id)]
    return summary(found) | {
        "attempt": found.attempt, "started_at": found.started_at, "ended_at": found.ended_at, "spec": found.spec,
        "result": found.result, "error_message": found.error_message, "error_remedy": found.error_remedy,
        "events": events,
    }  # fmt: skip


_ACTIONS: dict[str, Callable[[str], dict]] = {
    "show": _shown,
    "pause": lambda job_id: summary(pause_job(actor(), job_id)),
    "resume": lambda job_id: summary(resume_job(actor(), job_id)),
    "finish": lambda job_id: summary(finish_job(actor(), job_id)),
    "cancel": lambda job_id: summary(cancel_job(actor(), job_id)),
    "discard": lambda job_id: summary(discard_job(actor(), job_id)),
}
