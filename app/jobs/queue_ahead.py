"""What a new job would have to wait for."""

from dataclasses import dataclass

from app.jobs.earlier_jobs import LOOKED_AT
from app.jobs.queries import jobs
from app.plumbing.supervision import living_supervisor
from core.specs import JobKind, JobState
from storage.actors import Actor

_SHARED = (JobKind.TRAIN, JobKind.EVALUATE, JobKind.EXPORT, JobKind.BENCHMARK)
"""The kinds that share slots; preparations and syntheses have their own."""


@dataclass(frozen=True)
class Ahead:
    """The kinds and names of running jobs, and the number of queued ones, that a new job would wait for."""

    running: tuple[tuple[str, str], ...] = ()
    waiting: int = 0


def ahead_of(actor: Actor, kind: JobKind) -> Ahead:
    """What a new job of this kind would wait for; empty if it could start at once."""
    kinds, places = ((kind,), 1) if kind not in _SHARED else (_SHARED, _places())
    running = [job for job in jobs(actor, state=JobState.RUNNING, limit=LOOKED_AT) if job.kind in kinds]
    queued = jobs(actor, state=JobState.QUEUED, limit=LOOKED_AT)
    waiting = sum(job.kind in kinds and not job.hold_reason for job in queued)
    if len(running) + waiting < places:
        return Ahead()
    return Ahead(tuple((str(job.kind), job.name) for job in running), waiting)


def _places() -> int:
    """The number of shared slots; one until a supervisor reports it."""
    worker = living_supervisor()
    return worker.facts.get("slots", 1) if worker else 1
