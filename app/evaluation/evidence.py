"""Evidence for a model: its most telling evaluation with the verdict, and the best model so far."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from app.data.reports import report_in
from app.evaluation.answers import answers_of
from app.evaluation.judge_evaluation import judge_evaluation
from app.evaluation.judged_models import judged_models, run_folder
from app.evaluation.tally import Tally
from app.evaluation.verdict import State, Verdict
from app.export.gguf_files import standing_ggufs
from app.export.judge_export import judge_export
from app.jobs.queries import job, jobs
from app.jobs.results import read_result, result_or_none
from app.models.model_list import models
from app.plumbing.studio import store
from app.training.judge_run import judge_run
from core.errors import TunewrightError
from core.evaluation.browsing.index import AnswerIndex
from core.specs import ArtifactKind, JobKind, JobState, Split
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.export import ExportResult
from core.specs.results.train import TrainResult
from storage.actors import Actor
from storage.artifacts import list_artifacts
from storage.rows import Job

_MOST_EVALUATIONS = 200


class Evidence(NamedTuple):
    """A model's most telling evaluation, the name it has there, and the verdict on it."""

    evaluation: Job
    name: str
    verdict: Verdict


def evidence_for(actor: Actor, reference: str) -> Evidence | None:
    """The evidence for the model with this reference (as in `models()`); None if it was never evaluated.

    A GGUF that was not evaluated itself is judged by the model it was made from.
    """
    return _evidence(actor, reference, _evaluations(actor))


def verdict_on(actor: Actor, ended: Job) -> Verdict | None:
    """The verdict on a run, an evaluation or an export; None without a readable result."""
    if ended.kind == JobKind.TRAIN and (result := result_or_none(ended, TrainResult)):
        report = report_in(Path(ended.spec.get("dataset", "")))
        return judge_run(result, ended.spec, report and report.splits.get("validation"))
    if ended.kind == JobKind.EVALUATE and result_or_none(ended, EvaluateResult):
        return verdict_of(actor, ended.id)
    if ended.kind == JobKind.EXPORT and (made := result_or_none(ended, ExportResult)):
        evidence = evidence_for(actor, ended.spec.get("model", ""))
        files = {kind: made.gguf[kind] for kind in standing_ggufs(actor, ended)}
        return judge_export(made.model_copy(update={"gguf": files}), evidence and evidence.verdict)
    return None


def best_so_far(actor: Actor) -> tuple[dict, Evidence] | None:
    """The tuned model with the best verdict; ties go to the larger certain share of good answers, then to the newest.

    None if no existing model was evaluated. Files that were not evaluated themselves come after their model.
    """
    if not (found := _evaluations(actor)):
        return None
    made = [model for model in models(actor) if model["kind"] != "base"]
    proved = [(model, evidence) for model in made if (evidence := _evidence(actor, model["reference"], found))]
    states = list(State)
    return min(
        proved,
        key=lambda one: (
            states.index(one[1].verdict.state),
            -_for_certain(actor, one[1].evaluation.id, one[1].name),
            _place(actor, one[0]),
        ),
        default=None,
    )  # fmt: skip


def _place(actor: Actor, model: dict) -> int:
    """A sort key: the model before its files, and an export's best file before the others."""
    if model["kind"] != "gguf":
        return 0
    files = [file.id for file in standing_ggufs(actor, job(actor, model["job_id"])).values()]
    return 1 + (files.index(model["id"]) if model["id"] in files else len(files))


def _evidence(actor: Actor, reference: str, evaluations: list[Job]) -> Evidence | None:
    def of(model: str) -> list[tuple[Job, str]]:
        return [(one, name) for one in evaluations for name, scored in judged_models(one).items() if scored == model]

    mine = of(run_folder(reference)) or of(_source(actor, reference))
    if not mine:
        return None
    telling, name = max(mine, key=lambda one: _tells_most(one[0]))
    return Evidence(telling, name, verdict_of(actor, telling.id, name))


def _tells_most(evaluation: Job) -> tuple:
    examples = read_result(evaluation, EvaluateResult).examples
    return evaluation.spec.get("split") != Split.TRAIN, examples, evaluation.created_at


def verdict_of(actor: Actor, evaluation_id: str, model: str | None = None) -> Verdict:
    """The verdict of a finished evaluation on the `model` of this name, by default the first that it judges.

    Of scores alone while its answers are being indexed, or if they cannot be. Raises CorruptArtifactError if its result
    is unreadable.
    """
    try:
        return _verdict(actor, evaluation_id, model)
    except TunewrightError:  # of the answers; what is wrong with the result is raised again here
        return _judged(job(actor, evaluation_id), None, model)


@lru_cache(maxsize=512)  # a finished evaluation does not change, and lists ask for it repeatedly
def _verdict(actor: Actor, evaluation_id: str, model: str | None) -> Verdict:
    evaluation = job(actor, evaluation_id)
    return _judged(evaluation, answers_of(evaluation, in_passing=True), model)


def _judged(evaluation: Job, answers: AnswerIndex | None, model: str | None) -> Verdict:
    dataset = evaluation.spec.get("dataset")
    asked = report_in(Path(dataset)) if dataset and not evaluation.spec.get("test_file") else None
    return judge_evaluation(read_result(evaluation, EvaluateResult), answers, asked, model)


def _for_certain(actor: Actor, evaluation_id: str, name: str) -> float:
    """The lower end of the interval of the share of good answers; 0 without answers, or until these are indexed."""
    try:
        return _lowest_share(actor, evaluation_id, name)
    except TunewrightError:
        return 0.0


@lru_cache(maxsize=512)
def _lowest_share(actor: Actor, evaluation_id: str, name: str) -> float:
    evaluation = job(actor, evaluation_id)
    tally = Tally(read_result(evaluation, EvaluateResult), answers_of(evaluation, in_passing=True), name)
    return tally.share(tally.role).low if tally.has_answers else 0.0


def _evaluations(actor: Actor) -> list[Job]:
    found = jobs(actor, kind=JobKind.EVALUATE, state=JobState.SUCCEEDED, limit=_MOST_EVALUATIONS)
    return [one for one in found if result_or_none(one, EvaluateResult)]


def _source(actor: Actor, reference: str) -> str:
    """The model that a GGUF was made from, else the model itself; for a run, its folder."""
    files = list_artifacts(store(), actor, kind=ArtifactKind.GGUF) if reference.endswith(".gguf") else ()
    exported = next((one for one in files if one.path == reference), None)
    return run_folder(job(actor, exported.job_id).spec.get("model", reference) if exported else reference)
