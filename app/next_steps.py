"""What is worth doing next, judged by what the person has made last and what evaluations say of it; and the sample
dataset for who has nothing yet."""

from typing import NamedTuple

from app.chat.suggestions import dataset_of
from app.data.datasets import datasets
from app.data.start_preparing import start_preparing
from app.evaluation.evidence import evidence_for, verdict_of
from app.evaluation.verdict import Need, State, Verdict
from app.export.gguf_files import recommended_file, recommended_gguf
from app.jobs.artifacts import artifacts
from app.jobs.queries import jobs
from core.specs import JobKind, JobState
from storage.rows import Artifact, Job

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
        steps = _FOLLOWING[job.kind](job) if job.kind in _FOLLOWING else ()
        if steps:
            return steps[0]
    return None


def steps_after_evaluation(evaluation: Job) -> tuple[NextStep, ...]:
    """The main step, and behind it what stays possible: a model that is not usable is made better before it is used."""
    if not (onward := _onward(evaluation.spec.get("model", ""))):
        return ()
    if not (evaluation.result or {}).get("scorecards"):
        return (onward,)
    return _by_evidence(onward, verdict_of(evaluation.id), evaluation.spec)


def steps_after_export(job: Job) -> tuple[NextStep, ...]:
    """The same for the files of an export, of which the best is talked to."""
    if not (best := recommended_gguf(job)):
        return ()
    chat, evidence = _chat(best), evidence_for(job.spec.get("model", ""))
    return _by_evidence(chat, evidence.verdict, evidence.evaluation.spec) if evidence else (chat,)


def _by_evidence(onward: NextStep, verdict: Verdict, evaluated: dict) -> tuple[NextStep, ...]:
    if verdict.state is not State.GOOD:
        onward = onward._replace(why=f"The evaluation says: {verdict.state}. A file is worth no more than its model.")
    if verdict.state is not State.BAD or not verdict.need:
        return (onward,)
    if verdict.need is Need.EXAMPLES:
        return NextStep("Bring more examples", "data", {}, verdict.advice), onward
    dataset = dataset_of(evaluated["model"]) or evaluated["dataset"]
    return NextStep("Train a larger base model", "train", {"dataset": dataset}, verdict.advice), onward


def _onward(model: str) -> NextStep | None:
    """What is done with a model that is fit for use: its files are made, or talked to."""
    if not model:
        return None
    if model.endswith(".gguf"):
        return NextStep("Chat with it", "chat", {"model": model}, "")
    if best := recommended_file(model):
        return _chat(best)
    return NextStep("Make GGUF files of this model", "export", {"model": model}, "One file runs it anywhere.")


def _train(job: Job) -> tuple[NextStep, ...]:
    made = next((one for one in datasets() if one["job_id"] == job.id), None)
    if not made:
        return ()
    if made["report"]["verdict"]["state"] == "not ready":
        why = "The dataset is not ready: its report says what must be mended."
        return (NextStep(f"Look at {made['title']}", "data", {"dataset": made["id"]}, why),)
    why = "The dataset is ready to be learned from."
    return (NextStep(f"Train on {made['title']}", "train", {"dataset": made["id"]}, why),)


def _evaluate(job: Job) -> tuple[NextStep, ...]:
    if not artifacts(job.id):
        return ()
    why = "It has learned; whether its answers got better, only an evaluation tells."
    return (
        NextStep(f"Evaluate {job.name}", "evaluate", {"model": job.id, "dataset": job.spec.get("dataset", "")}, why),
    )


def _chat(best: Artifact) -> NextStep:
    return NextStep(
        f"Chat with {best.name}", "chat", {"model": best.id}, "Measured: this file answers as the model does."
    )


_FOLLOWING = {
    JobKind.PREPARE: _train,
    JobKind.SYNTHESIZE: _train,
    JobKind.TRAIN: _evaluate,
    JobKind.EVALUATE: steps_after_evaluation,
    JobKind.EXPORT: steps_after_export,
}
