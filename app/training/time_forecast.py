"""How long a training will take: from this machine's speed, corrected by the runs that finished on it."""

from pathlib import Path
from statistics import median

from app.data.reports import report_in
from app.jobs.earlier_jobs import LAST, ended_jobs, job_seconds
from app.jobs.forecast import Forecast
from app.jobs.results import result_or_none
from app.training.dataset_lengths import known_lengths, lengths_of
from app.training.machine_speed import machine_speed
from core.forecast.shape import ModelShape, shape_of
from core.forecast.speed import MachineSpeed, mean_step_seconds
from core.machine import this_machine
from core.specs import JobKind, TrainSpec
from core.specs.results.train import TrainResult
from core.specs.train import examples_read, steps_of
from storage.actors import Actor
from storage.rows import Job

_ALIKE = ("model", "load_in_4bit")
_LEAST, _MOST = 0.2, 5.0
"""How far earlier runs may correct the forecast: beyond that they ran under other conditions."""


def forecast_training(actor: Actor, values: dict, dataset: dict) -> Forecast:
    """The duration of a training with these fields of `TrainSpec` on an entry of `datasets()`.

    Steps are forecast from this machine's speed, times how much longer than forecast the last runs of the same model
    took. Until the machine has been timed, those runs' tokens per second are used. Loading, validation and merging are
    taken from them too. Raises what `shape_of` raises.
    """
    shape, lengths = shape_of(values["model"]), lengths_of(dataset, values["model"])
    if not (lengths and lengths.sample):
        return Forecast()
    runs = _earlier_runs(actor, values)[:LAST]
    besides = median([max(0.0, job_seconds(job) - result.seconds) for job, result in runs]) if runs else None
    read = lengths.seen(values)
    steps, speed = steps_of(values, read.examples), machine_speed()
    if speed and shape:
        seconds = steps * mean_step_seconds(shape, values, lengths, this_machine(), speed, steps)
        corrections = [_correction(job, result, shape, speed) for job, result in runs]
        seconds *= median(found) if (found := [one for one in corrections if one]) else 1
        besides = speed.loading_seconds if besides is None else besides
        return Forecast(seconds + besides, len(runs))
    measuring = speed is None and shape is not None
    if not runs:
        return Forecast(measuring=measuring)
    pace = median(result.train_tokens / result.seconds for _, result in runs)
    tokens = read.mean.tokens * examples_read(values, read.examples)
    return Forecast(besides + tokens / pace, len(runs), measuring=measuring)


def _answers_itself(settings: dict) -> bool:
    """Whether most of the time goes into answers that the model gives, which may end early or wait for a judge."""
    return settings.get("method") == "grpo"


def _earlier_runs(actor: Actor, values: dict) -> list[tuple[Job, TrainResult]]:
    """Finished runs of the same model in the same precision, newest first."""
    ended = [(job, result_or_none(job, TrainResult)) for job in ended_jobs(actor, JobKind.TRAIN)]
    return [
        (job, result)
        for job, result in ended
        if result and result.train_tokens and result.seconds
        and all(job.spec.get(name) == values[name] for name in _ALIKE)
        and _answers_itself(job.spec) == _answers_itself(values)
    ]  # fmt: skip


def _correction(job: Job, result: TrainResult, shape: ModelShape, speed: MachineSpeed) -> float | None:
    """How much longer a run's steps took than would be forecast today; None if its dataset is gone."""
    report = report_in(Path(job.spec["dataset"]))
    lengths = known_lengths(report, job.spec["model"]) if report else None
    if not lengths:
        return None
    defaults = {name: field.default for name, field in TrainSpec.model_fields.items()}
    each = mean_step_seconds(shape, defaults | job.spec, lengths, this_machine(), speed, result.steps)
    return min(max(result.seconds / (each * result.steps), _LEAST), _MOST) if each else None
