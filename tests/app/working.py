"""Jobs run or faked in the test process, for tests of what follows."""

from datetime import timedelta
from pathlib import Path

from app.data.datasets import dataset
from app.plumbing.studio import store
from core.reporting import Reporter
from core.specs import ArtifactKind, JobKind, Spec, parse_spec
from storage import claims, endings
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from storage.rows import Job
from tests.succeeded import succeeded
from workers.handlers import HANDLERS


def work_off(asked: Job) -> dict:
    """Run a queued preparation in this process, as a worker would; returns the dataset."""
    job = claims.claim(store(), "here", [JobKind.PREPARE])
    assert job.id == asked.id
    result, made = HANDLERS[job.kind](parse_spec(job.kind, job.spec), Reporter())
    endings.succeed(store(), job.id, job.attempt, result, made)
    return dataset(OWNER, f"{job.id}-1")


def ended(asked: Job, after_seconds: float, **result) -> None:
    """The queued job succeeds this long after it started."""
    claims.claim(store(), "here", [asked.kind])
    endings.succeed(store(), asked.id, 1, result, [])
    with store().write() as session:
        job = session.get(Job, asked.id)
        job.ended_at = job.started_at + timedelta(seconds=after_seconds)


def pretend(
    kind: JobKind,
    spec: Spec,
    artifact: ArtifactKind | None = None,
    path: Path | None = None,
    result: dict | None = None,
) -> Job:
    """A succeeded job with this spec and `result`, which registered an empty file at `path`, if given."""
    made = []
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        made = [NewArtifact(artifact, spec.name, str(path), 0)]
    return succeeded(store(), kind, spec, result or {}, made)
