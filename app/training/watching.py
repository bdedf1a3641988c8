"""What a person watches while a run trains: its warnings, what disturbed it, its answers to the same questions."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from app.jobs.queries import job_events
from core.specs.results.sample_answers import SAMPLE_ANSWERS, SampleAnswer, read_sample_answers
from storage.actors import Actor
from storage.rows import Job

_RUNS_REMEMBERED = 16


@dataclass(frozen=True)
class WarningShown:
    """A warning of a run: after which step it was raised, what was seen, and what to do."""

    step: int
    message: str
    remedy: str


def warnings_of(actor: Actor, job_id: str) -> list[WarningShown]:
    """The warnings of a run, in order, each once: a resumed run may have found one again."""
    found = {
        event.details["warning"]: WarningShown(event.details["step"], event.message, event.details["remedy"])
        for event in job_events(actor, job_id)
        if "warning" in event.details
    }
    return list(found.values())


def last_setback(actor: Actor, job_id: str) -> tuple[datetime, str, str] | None:
    """What last disturbed a run that went on: when, what, and what to do. None if nothing has."""
    told = [one for one in job_events(actor, job_id) if one.details.get("remedy") and "warning" not in one.details]
    return (told[-1].at, told[-1].message, told[-1].details["remedy"]) if told else None


def sample_answers(run: Job) -> list[SampleAnswer]:
    """What a run has answered so far, in order. Raises CorruptArtifactError."""
    file = Path(run.output_dir) / SAMPLE_ANSWERS
    return list(_read(file.parent, file.stat().st_mtime_ns)) if file.is_file() else []


@lru_cache(maxsize=_RUNS_REMEMBERED)
def _read(folder: Path, _changed_at: int) -> tuple[SampleAnswer, ...]:
    return tuple(read_sample_answers(folder))
