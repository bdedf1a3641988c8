"""`jobs`: the list, one job, its log, and steering it."""

from argparse import Namespace
from collections.abc import Callable, Iterator

from app import jobs
from core.errors import InputError
from storage.rows import Job


def steer_jobs(args: Namespace) -> dict:
    """What was asked about the jobs, as plain values. Raises InputError where a job must be named and is not."""
    if args.action == "list":
        return {"jobs": [_summary(job) for job in jobs.jobs()]}
    if not getattr(args, "job", None):
        raise InputError(f"jobs {args.action} needs a job.", "List them: python -m app jobs list")
    if args.action == "logs":
        return {"job": args.job, "log": jobs.job_log(args.job)}
    return {"job": _ACTIONS[args.action](args.job)}


def in_words(result: dict) -> Iterator[str]:
    """The same for a person."""
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
    job = jobs.job(job_id)
    events = [{"at": event.at, "message": event.message} for event in jobs.job_events(job_id)]
    return _summary(job) | {
        "attempt": job.attempt, "started_at": job.started_at, "ended_at": job.ended_at, "spec": job.spec,
        "result": job.result, "error_message": job.error_message, "error_remedy": job.error_remedy, "events": events,
    }  # fmt: skip


_ACTIONS: dict[str, Callable[[str], dict]] = {
    "show": _shown,
    "cancel": lambda job_id: _summary(jobs.cancel_job(job_id)),
    "pause": lambda job_id: _summary(jobs.pause_job(job_id)),
    "resume": lambda job_id: _summary(jobs.resume_job(job_id)),
}
