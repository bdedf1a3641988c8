"""What a job asked for now would have to wait for."""

from dataclasses import dataclass

from app.jobs.earlier_jobs import LOOKED_AT
from app.jobs.queries import jobs
from app.plumbing.supervision import living_supervisor
from core.specs import JobKind, JobState
from storage.actors import Actor

_SHARED = (JobKind.TRAIN, JobKind.EVALUATE, JobKind.EXPORT, JobKind.BENCHMARK)
"""The kinds that wait for each other; preparing and writing data have a place of their own."""


@dataclass(frozen=True)
class Ahead:
    """What a job asked for now would wait for: the running jobs' kinds and names, and how many wait before it."""

    running: tuple[tuple[str, str], ...] = ()
    waiting: int = 0


def ahead_of(actor: Actor, kind: JobKind) -> Ahead:
    """What a job of this kind would wait for; nothing where one could start at once."""
    kinds, places = ((kind,), 1) if kind not in _SHARED else (_SHARED, _places())
    running = [job for job in jobs(actor, state=JobState.RUNNING, limit=LOOKED_AT) if job.kind in kinds]
    queued = jobs(actor, state=JobState.QUEUED, limit=LOOKED_AT)
    waiting = sum(job.kind in kinds and not job.hold_reason for job in queued)
    if len(running) + waiting < places:
        return Ahead()
    return Ahead(tuple((str(job.kind), job.name) for job in running), waiting)


def _places() -> int:
    """How many jobs that share places run at once here; one until a supervisor says."""
    worker = living_supervisor()
    return worker.facts.get("slots", 1) if worker else 1
