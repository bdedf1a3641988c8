"""What a person watches while a run trains: its warnings, and its answers to the same questions."""

from dataclasses import dataclass
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


def sample_answers(run: Job) -> list[SampleAnswer]:
    """What a run has answered so far, in order. Raises CorruptArtifactError."""
    file = Path(run.output_dir) / SAMPLE_ANSWERS
    return list(_read(file.parent, file.stat().st_mtime_ns)) if file.is_file() else []


@lru_cache(maxsize=_RUNS_REMEMBERED)
def _read(folder: Path, _changed_at: int) -> tuple[SampleAnswer, ...]:
    return tuple(read_sample_answers(folder))
