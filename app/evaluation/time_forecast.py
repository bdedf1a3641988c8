"""How long an evaluation of one or several models will take, from what each took per example in earlier ones."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from app.data.reports import report_in
from app.jobs.earlier_jobs import LAST, ended_jobs, job_seconds, kin_of, nearest_in_size
from app.jobs.forecast import Forecast, scaled
from app.jobs.results import result_or_none
from app.models.model_list import model_title
from app.training.machine_speed import machine_speed
from core.errors import TunewrightError
from core.forecast.answering import evaluating_seconds
from core.forecast.shape import shape_of
from core.machine import this_machine
from core.models.references import locate
from core.specs import EvaluateSpec, JobKind
from core.specs.results.evaluate import EvaluatedModel, EvaluateResult
from core.specs.results.report import TokenLengths
from storage.actors import Actor
from storage.rows import Job

Kin = tuple[str, str]
"""What a model's speed depends on: its kind and base, or the address and name of one at an endpoint."""


_GENERAL_IN_EXAMPLES = 150
"""How many examples take a model as long as the general set, by `core.evaluation.progress`."""


class _Taken(NamedTuple):
    """What one model took in an earlier evaluation."""

    kin: Kin
    seconds_per_example: float


class _Part(NamedTuple):
    """What one model will take: between two durations, how many earlier evaluations say so, and of which model."""

    seconds: tuple[float, float]
    earlier: int = 0
    scaled_from: str | None = None


def forecast_evaluation(
    actor: Actor,
    models: Sequence[dict],
    examples: int,
    measures_speed: bool,
    new_tokens: int,
    lengths: TokenLengths | None = None,
    general: bool = False,
) -> Forecast:
    """The sum over `models`, entries of EvaluateSpec.models, of what each will take; a look-up takes no time.

    From the seconds per example of the same kind of model and base in earlier evaluations of answers as long, else of
    the nearest base, else from this machine's speed, once it was timed, and the `lengths` of the dataset's examples.
    No forecast where none of these is known of one model. `general`: the general set is asked too.
    """
    asked_alike = [
        (job, result)
        for job in ended_jobs(actor, JobKind.EVALUATE)
        if (job.spec["benchmark_speed"], job.spec["max_new_tokens"]) == (measures_speed, new_tokens)
        and (result := result_or_none(job, EvaluateResult))
    ]
    taken = [one for job, result in asked_alike for one in _taken(actor, job, result)]
    kins = [_kin(actor, one) for one in models if not one.get("look_up")]
    examples += _GENERAL_IN_EXAMPLES * general
    parts = [_part(actor, kin, examples, taken) or _by_speed(kin, examples, new_tokens, lengths) for kin in kins]
    if not (parts and all(parts)):
        return Forecast()
    besides = max(0.0, median(map(_besides, asked_alike[:LAST]))) if asked_alike else 0.0
    least, most = (besides + sum(ends) for ends in zip(*(one.seconds for one in parts), strict=True))
    others = " and ".join(dict.fromkeys(one.scaled_from for one in parts if one.scaled_from))
    earlier = min(one.earlier for one in parts)
    return Forecast(least, earlier, most if most > least else None, others or None, models=len(kins))


def _part(actor: Actor, kin: Kin | None, examples: int, taken: list[_Taken]) -> _Part | None:
    """From what models of this kin took, else from those of the nearest."""
    if kin is None:
        return None
    known = {one.kin for one in taken}
    other = None if kin in known else _nearest(kin, known)
    wanted = (kin[0], other) if other else kin
    found = [one.seconds_per_example for one in taken if one.kin == wanted][:LAST]
    if not found:
        return None
    seconds = median(found) * examples
    if not other:
        return _Part((seconds, seconds), len(found))
    return _Part(scaled(seconds, _base(kin), _base(wanted)), len(found), model_title(actor, _base(wanted)))


def _by_speed(kin: Kin | None, examples: int, new_tokens: int, lengths: TokenLengths | None) -> _Part | None:
    """From this machine's speed: answers are as long as the dataset's, or run into the limit."""
    speed = machine_speed(measure=False)
    if not (kin and speed and lengths and lengths.learned_mean and kin[0] in ("base", "tuned")):
        return None
    if not (shape := shape_of(kin[1])):
        return None
    trains, answer = "adapter" if kin[0] == "tuned" else "all", min(lengths.learned_mean, new_tokens)
    prompt = lengths.mean - lengths.learned_mean
    least, most = (
        evaluating_seconds(shape, trains, examples, prompt, tokens, this_machine(), speed)
        for tokens in (answer, new_tokens)
    )
    return _Part((least + speed.loading_seconds, most + speed.loading_seconds))


def forecast_of_spec(actor: Actor, spec: EvaluateSpec) -> Forecast:
    """The same of a spec, whose dataset is prepared; no forecast for a file, whose examples were not counted."""
    report = report_in(Path(spec.dataset)) if spec.dataset and not spec.test_file else None
    if not report:
        return Forecast()
    counts = [report.splits.get(split, 0) for split in spec.splits or (spec.split,)]
    examples = sum(min(spec.limit or count, count) for count in counts)
    models = [one.model_dump() for one in spec.models] or beside_its_base(spec.model, spec.base_model)
    return forecast_evaluation(
        actor, models, examples, spec.benchmark_speed, spec.max_new_tokens, report.tokens, spec.general_ability
    )


def beside_its_base(model: str, base_model: str | None = None) -> list[dict]:
    """What an evaluation of one model asks: the base too, where it has one."""
    try:
        base = locate(model, base_model).base
    except TunewrightError:
        base = None
    return [{"model": one} for one in (base, model) if one]


def _besides(ended: tuple[Job, EvaluateResult]) -> float:
    """What a job took apart from the models: starting, reading, scoring."""
    job, result = ended
    return job_seconds(job) - _general(result) - sum(_seconds(one, result) for one in result.models)


def _taken(actor: Actor, job: Job, result: EvaluateResult) -> Iterator[_Taken]:
    examples = result.examples + sum(one.examples for one in result.other_splits.values())
    endpoints = {one["name"]: one.get("endpoint") for one in job.spec.get("models") or ()}
    for one in result.models:
        asked = {"model": one.model or job.spec.get("model"), "endpoint": endpoints.get(one.name)}
        if (seconds := _seconds(one, result)) and (kin := _kin(actor, asked)):
            yield _Taken(kin, seconds / examples)


def _seconds(one: EvaluatedModel, result: EvaluateResult) -> float:
    """What a model took; in results of before that was stored an equal share of all, 0 where it is not known."""
    loaded = [other for other in result.models if other.kind != "look-up"]
    if one.kind == "look-up" or any(other.seconds is not None for other in loaded):
        return one.seconds or 0.0
    return (result.seconds - _general(result)) / len(loaded)


def _general(result: EvaluateResult) -> float:
    """Seconds that the general set took of all models."""
    return result.forgetting.seconds if result.forgetting else 0.0


def _kin(actor: Actor, asked: dict) -> Kin | None:
    if asked.get("endpoint"):
        return asked["endpoint"], asked["model"]
    return kin_of(actor, asked["model"]) if asked.get("model") else None


def _nearest(kin: Kin, known: Iterable[Kin]) -> str | None:
    """What comes nearest among the models of the same kind: for a GGUF first another type of the same base."""
    by_base = {_base(one): one[1] for one in known if one[0] == kin[0]}
    return by_base.get(nearest_in_size(_base(kin), by_base))


def _base(kin: Kin) -> str:
    """A kin's base model: that of a GGUF stands before the file's name."""
    return kin[1].partition(" model-")[0]
