"""Starting a judging of a finished evaluation, and showing before what the judge would be asked."""

from pathlib import Path
from typing import NamedTuple

from app.evaluation.judging.answers import judged_rows
from app.jobs.enqueue import enqueue
from app.jobs.queries import find_job, job
from app.jobs.results import EvaluateResult, read_result
from app.models.find_model import find_model
from app.plumbing.studio import store
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import ConflictError, InputError, NotFoundError
from core.evaluation.judging.questions import amount_of, asks_about, judged_in
from core.specs import JobKind, JobState, JudgeSpec, parse_spec
from core.specs.results.evaluate import Prediction
from storage.actors import Actor
from storage.jobs import judgings_of as stored_judgings
from storage.rows import Job
from storage.settings import settings

_CHARACTERS_PER_TOKEN = 4
_PREVIEWED = {"name": "preview", "output_dir": ""}


class Preview(NamedTuple):
    """What a judge would be asked about one example, word for word, and what the whole judging takes."""

    prompts: list[str]
    """One for each answer; of two answers compared, both ways round."""
    calls: int
    tokens: int
    """About, of all that is sent."""
    examples: int
    alike: int


def start_judging(actor: Actor, **values) -> Job:
    """Queue a judging; `values` are fields of JudgeSpec, with `evaluation` an id, a name or an output folder.

    With an endpoint, `model` is the name there. Raises InputError for an endpoint that may not be asked and where there
    is nothing to judge, NotFoundError, ConflictError for an evaluation that has not finished.
    """
    evaluation = find_evaluation(actor, values.get("evaluation"))
    values["evaluation"] = evaluation.output_dir
    if values.get("endpoint"):
        if not values.get("model"):
            raise InputError("No model was given.", "Name the model that judges at the endpoint.")
        checked_address(values["endpoint"], settings().synthesis_endpoints.split(","))
        checked_key_name(values.get("api_key_env") or JudgeSpec.model_fields["api_key_env"].default)
    else:
        values["model"] = find_model(actor, values.get("model")).reference
    spec = parse_spec(JobKind.JUDGE, _PREVIEWED | values)
    _judged(spec, evaluation)
    return enqueue(actor, JobKind.JUDGE, values, base_name=f"{evaluation.name} judged")


def preview_judging(actor: Actor, place: int = 0, **values) -> Preview:
    """What the judge would be asked about the example at `place` of those judged. Sends nothing.

    `values` are as for `start_judging`; a judge need not be named yet. Raises as that.
    """
    evaluation = find_evaluation(actor, values.get("evaluation"))
    named = {"model": values.get("model") or "judge"}
    spec = parse_spec(JobKind.JUDGE, _PREVIEWED | values | named | {"evaluation": evaluation.output_dir})
    rows, judged, alike = _judged(spec, evaluation)
    examples = list(dict.fromkeys(example for example, _ in judged))
    shown = examples[min(max(place, 0), len(examples) - 1)]
    asked = (asks_about(spec, rows[shown], shown, models) for example, models in judged if example == shown)
    prompts = [ask.question for asks in asked for ask in asks]
    amount = amount_of(spec, rows, judged)
    return Preview(prompts, amount.calls, amount.characters // _CHARACTERS_PER_TOKEN, len(examples), alike)


def _judged(spec: JudgeSpec, evaluation: Job) -> tuple[dict[int, Prediction], list[tuple[int, tuple[str, ...]]], int]:
    """The rows, what of them is judged, and how many pairs are alike. Raises InputError where nothing is judged."""
    names, rows = list(read_result(evaluation, EvaluateResult).scorecards), judged_rows(evaluation, spec.limit)
    if unknown := [name for name in spec.answers_of if name not in names]:
        raise InputError(f"The evaluation has no {', '.join(unknown)}.", f"It has {', '.join(names)}.")
    if not rows:
        raise NotFoundError("The answers of this evaluation are gone.", "Evaluate again.")
    judged, alike = judged_in(spec, rows, names)
    if not judged and spec.form == "pairwise":
        raise InputError("There are no two different answers to compare.", "Judge by a rubric, or choose more models.")
    if not judged:
        raise InputError("There are no answers to judge: plain text asks nothing.", "Choose another evaluation.")
    return rows, judged, alike


def find_evaluation(actor: Actor, reference: str | None) -> Job:
    """The finished evaluation with this id, name (the newest) or output folder.

    Raises InputError, NotFoundError, ConflictError while it has not finished.
    """
    if not reference:
        raise InputError("No evaluation was given.", "Name a finished evaluation: its id, its name or its folder.")
    folder = str(Path(reference).expanduser().absolute()) if "/" in reference else None
    found = find_job(actor, JobKind.EVALUATE, folder or reference)
    if not found and "/" not in reference:
        found = job(actor, reference)
    if not found or found.kind != JobKind.EVALUATE:
        raise NotFoundError(f"There is no evaluation {reference[:100]!r}.", "List them: python -m app jobs list")
    if found.state != JobState.SUCCEEDED:
        raise ConflictError(f"{found.name} has not finished.", "Judge it once its answers are there.")
    return found


def judgings_of(actor: Actor, evaluation: Job, state: JobState | None = None) -> list[Job]:
    """The judgings of an evaluation, newest first."""
    return stored_judgings(store(), actor, evaluation.output_dir, state)


def evaluation_of(actor: Actor, judging: Job) -> Job:
    """The evaluation that was judged. Raises NotFoundError if it is gone."""
    found = find_job(actor, JobKind.EVALUATE, str(judging.spec.get("evaluation")))
    if not found:
        raise NotFoundError("The evaluation that was judged is gone.", "Its scores by this judge stay.")
    return found
