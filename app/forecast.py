"""How long a job will take and what it waits for, told before it is asked for: by what ended on this machine before."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cbrt, log
from pathlib import Path
from statistics import median

from app.datasets import training_examples
from app.jobs import jobs
from app.models import model_title, parameters_of
from app.plumbing.supervision import living_supervisor
from core.errors import TunewrightError
from core.models.catalogue import SMOLLM2, STARTER
from core.models.references import locate
from core.specs import JobKind, JobState
from storage.rows import Job

_LOOKED_AT = 200
_PREPARATIONS_LOOKED_AT = 20
"""Each with its report."""
_LAST = 3
"""How many of the newest earlier jobs are gone by: a machine changes."""
_SHARED = (JobKind.TRAIN, JobKind.EVALUATE, JobKind.EXPORT, JobKind.BENCHMARK)
"""The kinds that wait for each other; preparing and writing data have a place of their own."""


@dataclass(frozen=True)
class Forecast:
    """`seconds` as the last `earlier` jobs of this kind and model went; None where there was none to go by.

    Where they had another size, it takes between `seconds` and `most`; `scaled_from` is the model that they had.
    """

    seconds: float | None = None
    earlier: int = 0
    most: float | None = None
    scaled_from: str | None = None


@dataclass(frozen=True)
class WholeWay:
    """What the demo took from end to end on two processor cores, and what it left on the disk."""

    seconds: float
    left_bytes: float


WHOLE_WAYS = {SMOLLM2.reference: WholeWay(498, 695e6), STARTER: WholeWay(156, 81e6)}
"""By base model, as measured: docs/benchmarks.md."""


@dataclass(frozen=True)
class Ahead:
    """What a job asked for now would wait for: the running jobs' kinds and names, and how many wait before it."""

    running: tuple[tuple[str, str], ...] = ()
    waiting: int = 0


def ahead_of(kind: JobKind) -> Ahead:
    """What a job of this kind would wait for; nothing where one could start at once."""
    kinds, places = ((kind,), 1) if kind not in _SHARED else (_SHARED, _places())
    running = [job for job in jobs(state=JobState.RUNNING, limit=_LOOKED_AT) if job.kind in kinds]
    queued = jobs(state=JobState.QUEUED, limit=_LOOKED_AT)
    waiting = sum(job.kind in kinds and not job.hold_reason for job in queued)
    if len(running) + waiting < places:
        return Ahead()
    return Ahead(tuple((str(job.kind), job.name) for job in running), waiting)


def forecast_preparing(source: str, amount: int, dedupe: str) -> Forecast:
    """By the earlier preparation from the same kind of source that is nearest in rows or, of files, bytes.

    What it takes to begin is not known apart: with the amount, the time grows by no more than its share.
    """
    earlier = [
        (_prepared(job), _seconds(job))
        for job in _ended(JobKind.PREPARE, _PREPARATIONS_LOOKED_AT)
        if (job.spec["source"], job.spec["dedupe"]) == (source, dedupe) and _prepared(job)
    ]
    if not (earlier and amount):
        return Forecast()
    before, seconds = min(earlier, key=lambda one: abs(log(amount / one[0])))
    least, most = sorted((seconds, seconds * amount / before))
    return Forecast(least, 1, most)


def forecast_training(model: str, dataset: dict, four_bit: bool, epochs: float, longest_tokens: int) -> Forecast:
    """By tokens per second of earlier runs of this model, and what they took besides (loading, validation, merging).

    Where there are none, by the runs of the model that is nearest in size.
    """
    ended = [job for job in _ended(JobKind.TRAIN) if job.result.get("train_tokens") and job.result.get("seconds")]
    alike = [job for job in ended if (job.spec["model"], job.spec["load_in_4bit"]) == (model, four_bit)]
    other = None if alike else _nearest_in_size(model, {job.spec["model"] for job in ended} - {model})
    runs = [job for job in ended if job.spec["model"] == other] if other else alike
    tokens_each = _tokens_each(model, dataset, longest_tokens, runs)
    if not runs or not tokens_each:
        return Forecast()
    runs = runs[:_LAST]
    pace = median(job.result["train_tokens"] / job.result["seconds"] for job in runs)
    besides = median(_seconds(job) - job.result["seconds"] for job in runs)
    tokens = tokens_each * dataset["report"]["splits"].get("train", 0) * epochs
    return _forecast(max(0.0, besides) + tokens / pace, len(runs), model, other)


def forecast_evaluation(model: str, examples: int, measures_speed: bool, new_tokens: int) -> Forecast:
    """By seconds per example of earlier evaluations of models of the same kind and base, else of the nearest base."""
    kin = _kin(model)
    asked_alike = [
        job
        for job in _ended(JobKind.EVALUATE)
        if job.result.get("examples")
        and (job.spec["benchmark_speed"], job.spec["max_new_tokens"]) == (measures_speed, new_tokens)
    ]
    scored, other = _of_kin(kin, asked_alike)
    if not scored:
        return Forecast()
    besides = median(_seconds(job) - job.result["seconds"] for job in scored)
    each = median(job.result["seconds"] / job.result["examples"] for job in scored)
    return _forecast(max(0.0, besides) + each * examples, len(scored), kin[1], other)


def forecast_writing(model: str, endpoint: str | None, examples: int) -> Forecast:
    """By seconds per example that was asked for of earlier writing by the same model in the same place."""
    each = [
        _seconds(job) / job.spec["num_samples"]
        for job in _ended(JobKind.SYNTHESIZE)
        if (job.spec["model"], job.spec["endpoint"]) == (model, endpoint)
    ][:_LAST]
    return Forecast(median(each) * examples, len(each)) if each else Forecast()


def forecast_export(model: str, types: Iterable[str], benchmark: bool) -> Forecast:
    """By seconds per file of earlier exports of models with the same base, else of the nearest in size; each makes
    f16."""
    kin = _kin(model)
    made, other = _of_kin(kin, [job for job in _ended(JobKind.EXPORT) if job.spec["benchmark"] == benchmark])
    if not made:
        return Forecast()
    each = median(_seconds(job) / (1 + len({*job.spec["types"]} - {"f16"})) for job in made)
    return _forecast(each * (1 + len({*types} - {"f16"})), len(made), kin[1], other)


def _places() -> int:
    """How many jobs that share places run at once here; one until a supervisor says."""
    worker = living_supervisor()
    return worker.facts.get("slots", 1) if worker else 1


def _ended(kind: JobKind, looked_at: int = _LOOKED_AT) -> list[Job]:
    """The jobs that succeeded in one go, newest first: what was interrupted tells nothing of how long it takes."""
    found = jobs(kind, JobState.SUCCEEDED, limit=looked_at)
    return [job for job in found if job.attempt == 1 and job.started_at and job.ended_at and job.result]


def _seconds(job: Job) -> float:
    return (job.ended_at - job.started_at).total_seconds()


def _prepared(job: Job) -> int:
    """How much a preparation worked off: rows or, of a file, bytes."""
    report = job.result["report"]
    counted = {"file": report["source"].get("bytes"), "dataset": report["counts"]["read"]}
    return counted.get(job.spec["source"], job.spec["num_samples"]) or 0


def _forecast(seconds: float, earlier: int, model: str, other: str | None) -> Forecast:
    """What took `seconds`, as it is of `model`: judged by jobs of the base model `other`, if it is another one.

    A larger one takes longer, by no more than its share of parameters and, some work being the same for all, by no less
    than the cube root of that.
    """
    if not other:
        return Forecast(seconds, earlier)
    share = parameters_of(model) / parameters_of(other)
    least, most = sorted((seconds * cbrt(share), seconds * share))
    return Forecast(least, earlier, most, model_title(other))


def _of_kin(kin: tuple[str, str] | None, ended: list[Job]) -> tuple[list[Job], str | None]:
    """The newest of the jobs whose model is of this kin; else those of the same kind, with the base that is nearest in
    size, and that base."""
    if kin is None:
        return [], None
    kins = [(_kin(job.spec["model"]), job) for job in ended]
    known = {one for one, _ in kins if one}
    other = None if kin in known else _nearest_in_size(kin[1], {base for kind, base in known if kind == kin[0]})
    wanted = (kin[0], other) if other else kin
    return [job for one, job in kins if one == wanted][:_LAST], other


def _nearest_in_size(model: str, others: Iterable[str]) -> str | None:
    """The one of `others` that is nearest to a model in parameters; None where these are not known."""
    known = [other for other in others if parameters_of(other)]
    size = parameters_of(model)
    return min(known, key=lambda other: abs(log(parameters_of(other) / size)), default=None) if size else None


def _tokens_each(model: str, dataset: dict, longest_tokens: int, runs: list[Job]) -> float | None:
    """Tokens of a training example for this model: as its report says, or as an earlier run on the dataset met them.

    Where neither is, about as many as the report says for another model.
    """
    measured = dataset["report"].get("tokens") or {}
    if measured.get("model") == model:
        return min(measured["mean"], longest_tokens)
    for run in runs:
        examples = training_examples(run.spec["dataset"]) if run.spec["dataset"] == dataset["path"] else None
        if examples:
            return run.result["train_tokens"] / (examples * run.spec["epochs"])
    return min(measured["mean"], longest_tokens) if measured else None


def _kin(model: str) -> tuple[str, str] | None:
    """What decides how long a model takes: its kind and the base it was made from; None for one that is gone."""
    try:
        location = locate(model)
    except TunewrightError:
        return None
    if location.kind == "gguf":
        return "gguf", _source_of(Path(location.path))
    return ("tuned" if location.base else "base"), location.base or model


def _source_of(gguf: Path) -> str:
    """The base of the model that a GGUF was exported from; its own path where that is not known."""
    for job in jobs(JobKind.EXPORT, JobState.SUCCEEDED, limit=_LOOKED_AT):
        if job.output_dir == str(gguf.parent) and (kin := _kin(job.spec["model"])):
            return f"{kin[1]} {gguf.stem}"
    return str(gguf)
