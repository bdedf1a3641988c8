"""How tests put a finished job into a workspace: queued, claimed, reported and ended like any other, but not run."""

from collections.abc import Iterable, Sequence

from core.specs import JobKind, Spec
from storage import claims, endings, jobs, leases
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from storage.database import Store
from storage.leases import Report
from storage.metrics import MetricPoint
from storage.rows import Job


def succeeded(
    store: Store,
    kind: JobKind,
    spec: Spec,
    result: dict,
    made: Iterable[NewArtifact] = (),
    points: Sequence[MetricPoint | tuple] = (),
) -> Job:
    """A job that reported the metric `points`, registered what it `made` and succeeded with `result`."""
    asked = jobs.enqueue(store, OWNER, spec, kind)
    claimed = claims.claim(store, "here", [kind])
    assert claimed.id == asked.id, "another job was waiting already"
    if points:
        leases.renew(store, asked.id, claimed.attempt, "here", Report(points))
    endings.succeed(store, asked.id, claimed.attempt, result, list(made))
    return jobs.get_job(store, OWNER, asked.id)
