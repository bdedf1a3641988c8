"""Comparing runs: the settings in which they differ, and the scores they ended with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.data.reports import title_in
from app.evaluation.judged_models import judged_models
from app.jobs.queries import job, jobs, lowest_metrics
from app.jobs.results import EvaluateResult, TrainResult, read_result, result_or_none
from app.wording.numbers import plural
from app.wording.validation import validation_measure
from core.errors import InputError
from core.specs import JobKind, JobState
from core.specs.spec import BOOKKEEPING
from storage.actors import Actor
from storage.rows import Job

_LOOKED_AT = 200
_MOST_COMPARED = 8
_OUTCOMES: dict[str, Callable[[TrainResult], float | None]] = {
    "validation loss at the start": lambda result: _unless_rewarded(result, result.first_validation_loss),
    "last validation loss": lambda result: _unless_rewarded(result, result.last_validation_loss),
    "mean reward at the start": lambda result: result.mean_reward_before,
    "mean reward of the step kept": lambda result: result.mean_reward_after,
    "step kept": lambda result: result.kept_step,
    "steps": lambda result: result.steps,
    "tokens": lambda result: result.train_tokens or None,  # 0 in results of versions that did not count
    "seconds of training": lambda result: result.seconds or None,
    "tokens per second": lambda result: (result.train_tokens or None) and result.train_tokens / (result.seconds or 1),
}


@dataclass(frozen=True)
class Comparison:
    """Runs side by side: each setting or score holds one value per run, None where it has none."""

    runs: tuple[Job, ...]
    settings: dict[str, tuple]
    """By field of the spec; only those in which the runs differ."""
    scores: dict[str, tuple]


def compare_runs(actor: Actor, run_ids: Sequence[str]) -> Comparison:
    """The runs of these ids, in this order. Raises NotFoundError, InputError for fewer than two or too many."""
    if not 2 <= len(set(run_ids)) <= _MOST_COMPARED:
        raise InputError(f"{plural(len(set(run_ids)), 'run')} cannot be compared.", f"Choose two to {_MOST_COMPARED}.")
    found = tuple(job(actor, run_id) for run_id in dict.fromkeys(run_ids))
    for run in found:
        if run.kind != JobKind.TRAIN:
            raise InputError(f"{run.name} is not a training run.", "Choose trainings only.")
    return Comparison(found, _differing(found), _scores(actor, found))


def _differing(found: Sequence[Job]) -> dict[str, tuple]:
    fields = dict.fromkeys(field for run in found for field in run.spec if field not in BOOKKEEPING)
    values = {field: tuple(_shown(field, run.spec.get(field)) for run in found) for field in fields}
    return {field: row for field, row in values.items() if any(value != row[0] for value in row)}


def _shown(field: str, value: object) -> object:
    """A value without the folders above it, which say nothing about the run."""
    if isinstance(value, str) and value.startswith("/"):
        return title_in(value) if field == "dataset" else Path(value).name
    return tuple(value) if isinstance(value, list) else value


def _scores(actor: Actor, found: Sequence[Job]) -> dict[str, tuple]:
    lowest = lowest_metrics(actor, [run.id for run in found], "eval_loss")
    results = [result_or_none(run, TrainResult) for run in found]
    measures = [validation_measure(run.spec) for run in found]
    rows = {
        f"best {measure.name}": tuple(
            measure.value(lowest.get(run.id, (0, None))[1]) if own is measure else None
            for run, own in zip(found, measures, strict=True)
        )
        for measure in dict.fromkeys(measures)
    }
    rows |= {name: tuple(result and of(result) for result in results) for name, of in _OUTCOMES.items()}
    evaluations = jobs(actor, JobKind.EVALUATE, JobState.SUCCEEDED, limit=_LOOKED_AT)
    newest = _newest_scorecards({run.output_dir for run in found}, evaluations)
    scorecards = [newest.get(run.output_dir, {}) for run in found]
    for metric in dict.fromkeys(name for card in scorecards for name in card):
        rows[f"{metric} on unseen examples"] = tuple(card.get(metric) for card in scorecards)
    return {name: row for name, row in rows.items() if any(value is not None for value in row)}


def _unless_rewarded(result: TrainResult, loss: float | None) -> float | None:
    """With GRPO what counts as a loss is the negative mean reward, which has rows of its own."""
    return loss if result.mean_reward_before is None else None


def _newest_scorecards(folders: set[str], evaluations: Sequence[Job]) -> dict[str, dict[str, float]]:
    """By the folders of runs that were evaluated: the scores of the tuned model in the first of `evaluations`."""
    found: dict[str, dict[str, float]] = {}
    for evaluation in evaluations:
        for name, model in judged_models(evaluation).items():
            if model in folders and model not in found:
                card = read_result(evaluation, EvaluateResult).scorecards[name]
                found[model] = {metric: score.value for metric, score in card.items()}
        if len(found) == len(folders):
            break
    return found
