"""Sweeps: several runs whose settings are varied by a plan, started together and judged together."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args, get_origin

from app.data.reports import report_in, title_in
from app.disk.trash import delete_for_good
from app.jobs.queries import lowest_metrics
from app.jobs.stop_and_resume import discard_job
from app.plumbing.places import checked_name, plain_name
from app.plumbing.studio import store
from app.training.start_training import complete_settings, start_training
from app.training.time_forecast import forecast_training
from app.wording.validation import ValidationMeasure, validation_measure
from core.errors import InputError, NotFoundError, TunewrightError
from core.specs import FINAL_STATES, JobKind, JobState, TrainSpec, parse_spec
from core.specs.keeping import ThingKind
from core.training.sweep import SweepPlan, Value
from storage import sweeps as rows
from storage.actors import Actor
from storage.jobs import refuse_full_queue
from storage.rows import Job, Sweep

_DECIDE_TIME = (
    "epochs", "batch_size", "gradient_accumulation_steps", "max_seq_length", "load_in_4bit", "lora_r", "lora_targets",
)  # fmt: skip


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep: what was varied, and how well it validated so far, if at all."""

    job: Job
    varied: dict[str, Value]
    eval_loss: float | None
    """The lowest, of whatever its method measures; see `measure`."""
    step: int | None
    """Where it was lowest."""

    @property
    def measure(self) -> ValidationMeasure:
        """What `eval_loss` stands for."""
        return validation_measure(self.job.spec)

    @property
    def loss(self) -> float | None:
        """The lowest validation loss; None with GRPO."""
        return self.measure.fields(self.eval_loss)["validation_loss"]

    @property
    def mean_reward(self) -> float | None:
        """The highest mean reward, with GRPO."""
        return self.measure.fields(self.eval_loss)["mean_reward"]


@dataclass(frozen=True)
class SweepStanding:
    """A sweep as it stands, its runs in the order in which they were asked for."""

    sweep: Sweep
    runs: tuple[SweepRun, ...]

    @property
    def best(self) -> SweepRun | None:
        """The run with the lowest validation loss or the highest mean reward; None before any was measured."""
        measured = (run for run in self.runs if run.eval_loss is not None)
        return min(measured, key=lambda run: run.eval_loss, default=None)

    @property
    def ended(self) -> int:
        """How many runs have ended."""
        return sum(run.job.state in FINAL_STATES for run in self.runs)


class SweepForecast(NamedTuple):
    """The size of a sweep: its number of runs, and the seconds they take in sequence, if known."""

    runs: int
    seconds: float | None


def forecast_sweep(actor: Actor, plan: SweepPlan, preset: str | None = None, **base) -> SweepForecast:
    """The size of a sweep, judging by earlier runs on this machine. Raises as `start_sweep`."""
    found = _settings(actor, plan, preset, base)
    dataset = {"path": found[0]["dataset"], "report": report_in(Path(found[0]["dataset"]))}
    if not dataset["report"]:
        return SweepForecast(len(found), None)
    seconds = 0.0
    alike = Counter(tuple(one[name] for name in _DECIDE_TIME) for one in found)
    for values, runs in alike.items():
        each = forecast_training(actor, found[0] | dict(zip(_DECIDE_TIME, values, strict=True)), dataset).seconds
        if each is None:
            return SweepForecast(len(found), None)
        seconds += runs * each
    return SweepForecast(len(found), seconds)


def _settings(actor: Actor, plan: SweepPlan, preset: str | None, base: dict) -> list[dict]:
    """The complete settings of every run. Raises InputError that names what cannot be used."""
    if base.get("output_dir"):
        raise InputError("The runs of a sweep cannot share one output folder.", "Leave it out: each gets its own.")
    found = []
    for point in plan.points():
        found.append(complete_settings(actor, preset, base | point))
        parse_spec(JobKind.TRAIN, found[-1] | {"name": "sweep", "output_dir": ""})
    return found


def start_sweep(actor: Actor, plan: SweepPlan, preset: str | None = None, name: str | None = None, **base) -> Sweep:
    """Queue the runs of a plan, each with the settings `base` and its own on top: all of them, or none.

    Raises InputError that names the settings that cannot be used, TooManyError if the queue has no room for all.
    """
    settings = _settings(actor, plan, preset, base)
    refuse_full_queue(store(), len(settings))
    name = checked_name(name) if name else plain_name(f"{title_in(settings[0]['dataset'])} sweep".replace(",", ""))
    sweep = rows.add_sweep(store(), actor, name, plan.model_dump(mode="json"))
    started: list[Job] = []
    try:
        for number, one in enumerate(settings, 1):
            started.append(start_training(actor, sweep_id=sweep.id, **(one | {"name": f"{name} {number}"})))
    except TunewrightError:
        withdrawn = [_withdraw(actor, job) for job in started]
        if all(withdrawn):
            rows.remove_sweep(store(), actor, sweep.id)
        raise
    return sweep


def _withdraw(actor: Actor, run: Job) -> bool:
    """Cancel a run and delete it, so that nothing is listed that never was; False for one that has begun already."""
    if discard_job(actor, run.id).state != JobState.CANCELLED:
        return False
    delete_for_good(actor, ThingKind.RUN, run.id)
    return True


def suggested_values(field: str, value: object) -> str:
    """Values to begin with: of a number, some around it (a third and three times, half and double); else all it has."""
    annotation = TrainSpec.model_fields[field].annotation
    if get_origin(annotation) is Literal:
        return ", ".join(get_args(annotation))
    if isinstance(value, bool):
        return "true, false"
    if isinstance(value, int) and value > 0:
        return f"{max(1, value // 2)}, {value}, {value * 2}"
    if isinstance(value, float) and value > 0:
        return ", ".join(f"{value * factor:.2g}" for factor in (1 / 3, 1, 3))
    return "" if value is None else str(value)


def sweeps(actor: Actor) -> list[tuple[Sweep, int]]:
    """The sweeps with their number of runs, newest first."""
    return rows.list_sweeps(store(), actor)


def find_sweep(actor: Actor, sweep_id: str) -> Sweep | None:
    """The sweep of this id, if there is one."""
    try:
        return rows.get_sweep(store(), actor, sweep_id)
    except NotFoundError:
        return None


def sweep_standing(actor: Actor, sweep_id: str) -> SweepStanding:
    """How the runs of a sweep compare so far. Raises NotFoundError."""
    sweep = rows.get_sweep(store(), actor, sweep_id)
    runs = rows.runs_of_sweep(store(), actor, sweep_id)
    lowest = lowest_metrics(actor, [run.id for run in runs], "eval_loss")
    varied = list(sweep.plan.get("vary", {}))
    return SweepStanding(
        sweep,
        tuple(
            SweepRun(run, {name: run.spec.get(name) for name in varied}, *reversed(lowest.get(run.id, (None, None))))
            for run in runs
        ),
    )
