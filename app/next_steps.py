"""The next step worth taking, from what was made last and what evaluations say of it."""

from typing import NamedTuple

from app.chat.suggestions import dataset_of
from app.data.datasets import datasets
from app.data.start_preparing import start_preparing
from app.evaluation.evidence import evidence_for, verdict_of
from app.evaluation.judged_models import judged_models
from app.evaluation.verdict import Need, State, Verdict
from app.export.gguf_files import recommended_file, recommended_gguf
from app.jobs.artifacts import artifacts
from app.jobs.queries import jobs
from core.specs import JobKind, JobState
from storage.actors import Actor
from storage.rows import Artifact, Job

SAMPLES = {"source": "sample", "domain": "healthcare", "num_samples": 100}


class NextStep(NamedTuple):
    """What to do, on which page, with which query in its address, and why."""

    label: str
    page: str
    query: dict[str, str]
    why: str


def try_samples(actor: Actor) -> Job:
    """Start making a sample dataset, to try the whole pipeline with."""
    return start_preparing(actor, **SAMPLES)


def next_step_of_work(actor: Actor) -> NextStep | None:
    """The step after the newest succeeded job whose result still exists; None if nothing was made."""
    for job in jobs(actor, state=JobState.SUCCEEDED):
        steps = _FOLLOWING[job.kind](actor, job) if job.kind in _FOLLOWING else ()
        if steps:
            return steps[0]
    return None


def steps_after_evaluation(actor: Actor, evaluation: Job) -> tuple[NextStep, ...]:
    """The main step, then what else is possible: improving a model that is not usable comes before using it."""
    judged = judged_models(evaluation)
    name, model = next(iter(judged.items()), (None, evaluation.spec.get("model", "")))
    if not (onward := _onward(actor, model)):
        return ()
    if not judged:
        return (onward,)
    return _by_evidence(actor, onward, verdict_of(actor, evaluation.id, name), model, evaluation)


def steps_after_export(actor: Actor, job: Job) -> tuple[NextStep, ...]:
    """The same for an export, whose best file goes to the chat."""
    if not (best := recommended_gguf(actor, job)):
        return ()
    chat, model = _chat(best), job.spec.get("model", "")
    evidence = evidence_for(actor, model)
    return _by_evidence(actor, chat, evidence.verdict, model, evidence.evaluation) if evidence else (chat,)


def _by_evidence(actor: Actor, onward: NextStep, verdict: Verdict, model: str, evaluation: Job) -> tuple[NextStep, ...]:
    if verdict.state is not State.GOOD:
        onward = onward._replace(why=f"The evaluation says: {verdict.state}. A file is worth no more than its model.")
    if verdict.state is not State.BAD or not verdict.need:
        return (onward,)
    if verdict.need is Need.EXAMPLES:
        return NextStep("Add more examples", "data", {}, verdict.advice), onward
    dataset = dataset_of(actor, model) or evaluation.spec.get("dataset")
    return NextStep(
        "Train a larger base model", "train", {"dataset": dataset} if dataset else {}, verdict.advice
    ), onward


def _onward(actor: Actor, model: str) -> NextStep | None:
    """The step for a model that is fit for use: export it, or chat with its file."""
    if not model:
        return None
    if model.endswith(".gguf"):
        return NextStep("Chat with it", "chat", {"model": model}, "")
    if best := recommended_file(actor, model):
        return _chat(best)
    return NextStep("Export it to GGUF", "export", {"model": model}, "A GGUF is one file that runs anywhere.")


def _train(actor: Actor, job: Job) -> tuple[NextStep, ...]:
    made = next((one for one in datasets(actor) if one["job_id"] == job.id), None)
    if not made:
        return ()
    if made["report"].state == "not ready":
        why = "The dataset is not ready: its report says what to fix."
        return (NextStep(f"Look at {made['title']}", "data", {"dataset": made["id"]}, why),)
    why = "The dataset is ready for training."
    return (NextStep(f"Train on {made['title']}", "train", {"dataset": made["id"]}, why),)


def _evaluate(actor: Actor, job: Job) -> tuple[NextStep, ...]:
    if not artifacts(actor, job.id):
        return ()
    why = "It has learned. Only an evaluation tells whether its answers got better."
    return (
        NextStep(f"Evaluate {job.name}", "evaluate", {"model": job.id, "dataset": job.spec.get("dataset", "")}, why),
    )


def _chat(best: Artifact) -> NextStep:
    return NextStep(f"Chat with {best.name}", "chat", {"model": best.id}, "Measured: this file answers like the model.")


_FOLLOWING = {
    JobKind.PREPARE: _train,
    JobKind.SYNTHESIZE: _train,
    JobKind.TRAIN: _evaluate,
    JobKind.EVALUATE: steps_after_evaluation,
    JobKind.EXPORT: steps_after_export,
}
