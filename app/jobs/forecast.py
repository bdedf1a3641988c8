"""Forecasting how long a job will take, from jobs that finished on this machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cbrt, log
from statistics import median

from app.jobs.earlier_jobs import LAST, ended_jobs, job_seconds, jobs_of_kin, kin_of
from app.jobs.results import result_or_none
from app.models.catalogue import parameters_of
from app.models.model_list import model_title
from app.wording.times import about_text, between_text
from core.specs import JobKind
from core.specs.results.judge import JudgeResult
from core.specs.results.prepare import PrepareResult
from storage.actors import Actor
from storage.rows import Job

NOUNS = {
    JobKind.TRAIN: "run",
    JobKind.EVALUATE: "evaluation",
    JobKind.EXPORT: "export",
    JobKind.BENCHMARK: "benchmark",
    JobKind.JUDGE: "judging",
    JobKind.PREPARE: "preparation",
    JobKind.SYNTHESIZE: "synthesis",
}
_PREPARATIONS_LOOKED_AT = 20
"""Fewer, as each is read with its report."""


@dataclass(frozen=True)
class Forecast:
    """The duration in `seconds`, from the last `earlier` similar jobs, or from this machine's speed if there were none.

    If they had another size it is between `seconds` and `most`; `scaled_from` is the model they used.
    """

    seconds: float | None = None
    earlier: int = 0
    most: float | None = None
    scaled_from: str | None = None
    models: int = 1
    """How many models they had in common."""
    measuring: bool = False
    """Whether this machine is still being timed for it, which gives a forecast, or a better one."""


def in_words(kind: JobKind, forecast: Forecast) -> str:
    """How long a job of this kind will take, and where that is known from; plain text."""
    thing = NOUNS[kind]
    if forecast.seconds is None and forecast.measuring:
        return "No forecast yet: this machine is being timed, which takes some seconds."
    if forecast.seconds is None:
        return f"No forecast yet: no similar {thing} has finished on this machine."
    if forecast.most is not None:
        judged = f"{thing}s of {forecast.scaled_from}" if forecast.scaled_from else f"an earlier {thing}"
        by = f"{judged} on this machine" if forecast.earlier or forecast.scaled_from else "this machine's speed"
        return f"Takes {between_text(forecast.seconds, forecast.most)}, judging by {by}."
    if not forecast.earlier:
        return f"Takes {about_text(forecast.seconds)}, judging by this machine's speed."
    if forecast.models > 1:
        return f"Takes {about_text(forecast.seconds)}, as earlier {thing}s of these models did."
    last = f"the last {thing}" if forecast.earlier == 1 else f"the last {forecast.earlier} {thing}s"
    return f"Takes {about_text(forecast.seconds)}, like {last} of this model."


def forecast_preparing(actor: Actor, source: str, amount: int, dedupe: str) -> Forecast:
    """From the preparation of the same kind of source nearest in size: rows, or bytes of a file.

    The fixed cost is unknown, so the time grows at most in proportion to the size.
    """
    earlier = [
        (_prepared(job), job_seconds(job))
        for job in ended_jobs(actor, JobKind.PREPARE, _PREPARATIONS_LOOKED_AT)
        if (job.spec["source"], job.spec["dedupe"]) == (source, dedupe) and _prepared(job)
    ]
    if not (earlier and amount):
        return Forecast()
    before, seconds = min(earlier, key=lambda one: abs(log(amount / one[0])))
    least, most = sorted((seconds, seconds * amount / before))
    return Forecast(least, 1, most)


def forecast_writing(actor: Actor, model: str, endpoint: str | None, examples: int) -> Forecast:
    """From the seconds per requested example of earlier syntheses by the same model at the same endpoint."""
    each = [
        job_seconds(job) / job.spec["num_samples"]
        for job in ended_jobs(actor, JobKind.SYNTHESIZE)
        if (job.spec["model"], job.spec["endpoint"]) == (model, endpoint)
    ][:LAST]
    return Forecast(median(each) * examples, len(each)) if each else Forecast()


def forecast_judging(actor: Actor, model: str, endpoint: str | None, calls: int) -> Forecast:
    """From the seconds per call of earlier judgings by the same model at the same endpoint."""
    each = [
        job_seconds(job) / result.calls
        for job in ended_jobs(actor, JobKind.JUDGE)
        if (job.spec["model"], job.spec.get("endpoint")) == (model, endpoint)
        and (result := result_or_none(job, JudgeResult))
        and result.calls
    ][:LAST]
    return Forecast(median(each) * calls, len(each)) if each else Forecast()


def forecast_export(actor: Actor, model: str, types: Iterable[str], benchmark: bool) -> Forecast:
    """From the seconds per file of exports of the same base, else of the nearest in size; each also makes f16."""
    kin = kin_of(actor, model)
    made, other = jobs_of_kin(
        actor, kin, [job for job in ended_jobs(actor, JobKind.EXPORT) if job.spec["benchmark"] == benchmark]
    )
    if not made:
        return Forecast()
    each = median(job_seconds(job) / (1 + len({*job.spec["types"]} - {"f16"})) for job in made)
    return _forecast(actor, each * (1 + len({*types} - {"f16"})), len(made), kin[1], other)


def _prepared(job: Job) -> int:
    """The size of a preparation: rows, or bytes of a file."""
    if not (result := result_or_none(job, PrepareResult)):
        return 0
    counted = {"file": result.report.source.bytes, "dataset": result.report.counts.read}
    return counted.get(job.spec["source"], job.spec["num_samples"]) or 0


def _forecast(actor: Actor, seconds: float, earlier: int, model: str, other: str | None) -> Forecast:
    """The forecast for `model` of what takes `seconds` with the base `other`, or with itself if None.

    A larger model takes longer: at most in proportion to its parameters and, as some work is the same for all, at least
    by the cube root of that ratio.
    """
    if not other:
        return Forecast(seconds, earlier)
    least, most = scaled(seconds, model, other)
    return Forecast(least, earlier, most, model_title(actor, other))


def scaled(seconds: float, model: str, other: str) -> tuple[float, float]:
    """Between which two durations a model takes what took `seconds` with another; both sizes are known."""
    share = parameters_of(model) / parameters_of(other)
    return tuple(sorted((seconds * cbrt(share), seconds * share)))
