"""What is worth doing next, judged by what the person has made last; and the sample dataset for who has nothing yet."""

from typing import NamedTuple

from app.artifacts import artifacts, recommended_gguf
from app.datasets import datasets
from app.jobs import jobs, start_preparing
from core.jobs import JobKind, JobState
from storage.rows import Job

SAMPLES = {"source": "sample", "domain": "healthcare", "num_samples": 100}


class NextStep(NamedTuple):
    """What to do, on which page, with what in its address, and why."""

    label: str
    page: str
    query: dict[str, str]
    why: str


def try_samples() -> Job:
    """Ask at once for a dataset of samples, to see the whole way with."""
    return start_preparing(**SAMPLES)


def next_step_of_work() -> NextStep | None:
    """What follows on the job that succeeded last, of those whose result still stands; None where nothing was made."""
    for job in jobs(state=JobState.SUCCEEDED):
        step = _FOLLOWING[job.kind](job) if job.kind in _FOLLOWING else None
        if step:
            return step
    return None


def _train(job: Job) -> NextStep | None:
    made = next((one for one in datasets() if one["job_id"] == job.id), None)
    if not made:
        return None
    return NextStep(
        f"Train on {made['title']}", "train", {"dataset": made["id"]}, "The dataset is ready to be learned from."
    )


def _evaluate(job: Job) -> NextStep | None:
    if not artifacts(job.id):
        return None
    why = "It has learned; whether its answers got better, only an evaluation tells."
    return NextStep(f"Evaluate {job.name}", "evaluate", {"model": job.id, "dataset": job.spec.get("dataset", "")}, why)


def _export(job: Job) -> NextStep | None:
    if not (model := job.spec.get("model")):
        return None
    exported = jobs(kind=JobKind.EXPORT, state=JobState.SUCCEEDED)
    if done := next((one for one in exported if one.spec.get("model") == model), None):
        return _chat(done)
    return NextStep("Make GGUF files of this model", "export", {"model": model}, f"{job.name} has been scored.")


def _chat(job: Job) -> NextStep | None:
    best = recommended_gguf(job)
    if not best:
        return None
    return NextStep(f"Chat with {job.name}", "chat", {"model": best.id}, "Its GGUF is what the model is, proved.")


_FOLLOWING = {
    JobKind.PREPARE: _train,
    JobKind.SYNTHESIZE: _train,
    JobKind.TRAIN: _evaluate,
    JobKind.EVALUATE: _export,
    JobKind.EXPORT: _chat,
}
