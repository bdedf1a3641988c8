"""Jobs done in the process of the test, for tests of what becomes of them."""

from app.datasets import dataset
from app.studio import store
from core.jobs import JobKind, parse_spec
from core.reporting import Reporter
from storage import jobs
from storage.rows import Job
from workers.handlers import HANDLERS


def work_off(asked: Job) -> dict:
    """Do in this process what a worker would; returns the dataset made."""
    job = jobs.claim(store(), "here", [JobKind.PREPARE])
    assert job.id == asked.id
    result, made = HANDLERS[job.kind](parse_spec(job.kind, job.spec), Reporter())
    jobs.succeed(store(), job.id, job.attempt, result, made)
    return dataset(f"{job.id}-1")
