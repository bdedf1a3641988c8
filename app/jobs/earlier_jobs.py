"""Finished jobs on this machine that a new one can be forecast from: same kind and model, or the nearest in size."""

from collections.abc import Iterable
from math import log
from pathlib import Path

from app.jobs.queries import jobs
from app.models.catalogue import parameters_of
from core.errors import TunewrightError
from core.models.catalogue import CATALOGUE
from core.models.references import locate
from core.specs import JobKind, JobState
from storage.actors import Actor
from storage.rows import Job

LOOKED_AT = 200
LAST = 3
"""How many of the newest jobs count: a machine changes over time."""


def ended_jobs(actor: Actor, kind: JobKind, looked_at: int = LOOKED_AT) -> list[Job]:
    """Jobs that succeeded in one attempt, newest first; interrupted ones say nothing about duration."""
    found = jobs(actor, kind, JobState.SUCCEEDED, limit=looked_at)
    return [job for job in found if job.attempt == 1 and job.started_at and job.ended_at and job.result]


def job_seconds(job: Job) -> float:
    return (job.ended_at - job.started_at).total_seconds()


def jobs_of_kin(actor: Actor, kin: tuple[str, str] | None, ended: list[Job]) -> tuple[list[Job], str | None]:
    """The newest jobs of models of this kin and None; else those of the same kind whose base is nearest in size, and
    that base."""
    if kin is None:
        return [], None
    kins = [(kin_of(actor, job.spec["model"]), job) for job in ended if job.spec.get("model")]
    known = {one for one, _ in kins if one}
    other = None if kin in known else nearest_in_size(kin[1], {base for kind, base in known if kind == kin[0]})
    wanted = (kin[0], other) if other else kin
    return [job for one, job in kins if one == wanted][:LAST], other


def nearest_in_size(model: str, others: Iterable[str]) -> str | None:
    """The one of `others` nearest to a model in parameter count; None if unknown."""
    known = [other for other in others if parameters_of(other)]
    size = parameters_of(model)
    return min(known, key=lambda other: abs(log(parameters_of(other) / size)), default=None) if size else None


def kin_of(actor: Actor, model: str) -> tuple[str, str] | None:
    """What determines a model's speed: its kind and base model; None if the model is gone."""
    try:
        location = locate(model)
    except TunewrightError:
        return None
    if location.kind == "gguf":
        return "gguf", _source_of(actor, Path(location.path))
    return ("tuned" if location.base else "base"), _known_name(location.base or model)


def _known_name(base: str) -> str:
    """A base model by its name in the catalogue, wherever adapters say where its folder is."""
    return next((one.reference for one in CATALOGUE if one.folder and str(one.folder) == base), base)


def _source_of(actor: Actor, gguf: Path) -> str:
    """The base of the model that a GGUF was exported from, with its type; its own path if unknown."""
    for job in jobs(actor, JobKind.EXPORT, JobState.SUCCEEDED, limit=LOOKED_AT):
        if job.output_dir == str(gguf.parent) and (kin := kin_of(actor, job.spec["model"])):
            return f"{kin[1]} {gguf.stem}"
    return str(gguf)
