"""Checks an evaluation against thresholds: each condition passed, failed, or cannot be told, with the figures behind.

A condition fails where the evidence does not show what it demands: a model that is not told apart from another has not
been shown to be better. It cannot be told where a figure is missing: a metric that was not measured, a score without an
interval, two models that were not compared.
"""

import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from core.errors import InputError
from core.evaluation.gate.pairing import NotPairedError, paired
from core.evaluation.gate.thresholds import Condition, ThresholdsFile
from core.evaluation.reports.figures import (
    difference_text,
    distinct,
    has_interval,
    interval_text,
    model_labels,
    number,
    score_text,
)
from core.evaluation.statistics.verdicts import is_told_apart, more_needed, wanted
from core.specs.results.evaluate import Difference, EvaluateResult, Prediction, Score, SplitScores
from core.specs.results.metrics import metric

Rows = Callable[[], Iterable[Prediction]]
"""The rows of predictions.json, from their beginning at each call."""


class State(StrEnum):
    """What became of a condition."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "cannot be told"


class Check(NamedTuple):
    """A condition in words, what became of it, and why."""

    state: State
    condition: str
    why: str


class Outcome(NamedTuple):
    """The checks of all conditions."""

    checks: list[Check]

    @property
    def state(self) -> State:
        """Failed if any is, else not known if any is not."""
        states = {one.state for one in self.checks}
        return next((state for state in (State.FAILED, State.UNKNOWN) if state in states), State.PASSED)

    @property
    def exit_code(self) -> int:
        """For a build: 0 passed, 1 failed, 2 cannot be told."""
        return {State.PASSED: 0, State.FAILED: 1, State.UNKNOWN: 2}[self.state]


def check(result: EvaluateResult, demanded: ThresholdsFile, rows: Rows, spec: dict | None = None) -> Outcome:
    """Check every condition. `rows` is called only for two models that the evaluation did not compare.

    Raises InputError for a model or split that is not in the evaluation.
    """
    labels = model_labels(result, spec or {})
    checks = []
    splits = dict.fromkeys(one.split or result.split for one in demanded.thresholds.conditions)
    for number_of, one in enumerate(demanded.thresholds.conditions):
        _refuse_unknown(result, one, f"{demanded.source}, line {demanded.lines[number_of]}")
    if (least := demanded.thresholds.minimum_examples) is not None:
        checks += [_enough(result, split, least) for split in splits or (result.split,)]
    checks += [_checked(result, one, rows, labels) for one in demanded.thresholds.conditions]
    return Outcome(checks)


def _refuse_unknown(result: EvaluateResult, one: Condition, where: str) -> None:
    for field, name in (("model", one.model), ("better_than", one.better_than), ("not_worse_than", one.not_worse_than)):
        if name is not None and name not in result.scorecards:
            known = ", ".join(result.scorecards)
            raise InputError(f"{where}, {field}: {name!r} is not a model of this evaluation.", f"It has: {known}.")
    splits = [result.split, *result.other_splits]
    if one.split is not None and one.split not in splits:
        raise InputError(
            f"{where}, split: {one.split!r} was not asked in this evaluation.", f"It has: {', '.join(splits)}."
        )


def _of_split(result: EvaluateResult, split: str) -> EvaluateResult | SplitScores:
    return result if split == result.split else result.other_splits[split]


def _enough(result: EvaluateResult, split: str, least: int) -> Check:
    count = _of_split(result, split).examples
    state = State.PASSED if count >= least else State.FAILED
    return Check(state, f"at least {least:,} examples on {split}", f"{count:,} were asked")


def _checked(result: EvaluateResult, one: Condition, rows: Rows, labels: dict[str, str]) -> Check:
    split = one.split or result.split
    scores = _of_split(result, split)
    where = f" on {split}" if result.other_splits else ""
    name = f"{labels[one.model]}, {metric(one.metric).label}{where}"
    missing = [model for model in filter(None, (one.model, one.other)) if one.metric not in scores.scorecards[model]]
    if missing:
        condition = f"{name} {_demanded(one, labels)}"
        return Check(State.UNKNOWN, condition, _why_missing(scores, one.metric, [labels[of] for of in missing]))
    if one.other:
        return _compared(result, scores, split, one, rows, name, labels)
    return _measured(scores.scorecards[one.model][one.metric], one, name)


def _why_missing(scores: EvaluateResult | SplitScores, name: str, models: list[str]) -> str:
    silent = next((f" {found.reason}" for found in scores.silent if found.metric == name), "")
    return f"it was not measured of {' and '.join(models)}.{silent}"


def _demanded(one: Condition, labels: dict[str, str]) -> str:
    if one.better_than:
        return f"better than {labels[one.better_than]}"
    if one.not_worse_than:
        share = metric(one.metric).is_share
        margin = f"{100 * one.margin:.1f} points" if share else number(one.margin)
        return f"at most {margin} worse than {labels[one.not_worse_than]}"
    bound = one.at_least if one.at_least is not None else one.at_most
    how = "at least" if one.at_least is not None else "at most"
    by = ", by the interval" if one.by == "interval" else ""
    return f"{how} {score_text(one.metric, Score(value=bound))}{by}"


def _measured(score: Score, one: Condition, name: str) -> Check:
    condition = f"{name} {_demanded(one, {})}"
    known = has_interval(score)
    figures = score_text(one.metric, score)
    figures += f" (95 % interval {interval_text(one.metric, score)})" if known else " (no interval)"
    if one.by == "interval" and not known:
        return Check(State.UNKNOWN, condition, f"{figures}; it takes more examples, or another metric, for an interval")
    if one.by == "value" and not math.isfinite(score.value):
        return Check(State.UNKNOWN, condition, f"the score is {figures}")
    if one.at_least is not None:
        held, bound = score.low if one.by == "interval" else score.value, one.at_least
        passed = held >= bound
    else:
        held, bound = score.high if one.by == "interval" else score.value, one.at_most
        passed = held <= bound
    state = State.PASSED if passed else State.FAILED
    return Check(state, condition, figures + _exactly(one.metric, held, bound))


def _exactly(name: str, held: float, bound: float) -> str:
    """More digits of what decided, where the figures before do not show on which side of the bound it is."""
    if held == bound or score_text(name, Score(value=held)) != score_text(name, Score(value=bound)):
        return ""
    return "; exactly {} against {}".format(*distinct(held, bound))


def _compared(
    result: EvaluateResult,
    scores: EvaluateResult | SplitScores,
    split: str,
    one: Condition,
    rows: Rows,
    name: str,
    labels: dict[str, str],
) -> Check:
    condition = f"{name} {_demanded(one, labels)}"
    difference = _stored(scores, one)
    if difference is None and one.better_than:
        why = (
            f"the evaluation did not test them against each other by {one.metric}; it tests the metrics that say most "
            f"({', '.join(result.telling) or 'none'}) against {' and '.join((result.reference, *result.look_ups))}"
        )
        return Check(State.UNKNOWN, condition, why)
    computed = ""
    if difference is None:
        try:
            difference = paired(result, split, one, rows())
        except NotPairedError as error:
            return Check(State.UNKNOWN, condition, str(error))
        computed = ", computed from the answers"
    figures = f"difference {difference_text(one.metric, difference)}"
    if not has_interval(difference):
        return Check(State.UNKNOWN, condition, f"{figures}, which has no interval")
    figures += f" (95 % interval {interval_text(one.metric, difference, signed=True)}{computed})"
    better = metric(one.metric).better
    if one.better_than:
        return _better(difference, better, condition, figures)
    worst = min(better * difference.low, better * difference.high)
    state = State.PASSED if worst >= -one.margin else State.FAILED
    return Check(state, condition, figures + _exactly(one.metric, -worst, one.margin))


def _better(difference: Difference, better: int, condition: str, figures: str) -> Check:
    if (p_value := difference.corrected_p_value) is not None:
        figures += f", corrected p {'< 0.001' if p_value < 0.001 else f'{p_value:.3f}'}"
    if not is_told_apart(difference):
        more = more_needed(difference)
        figures += ": not told apart"
        figures += f"; about {more:,} more {wanted(difference)} would show one as large" if more else ""
        return Check(State.FAILED, condition, figures)
    return Check(State.PASSED if difference.value * better > 0 else State.FAILED, condition, figures)


def _stored(scores: EvaluateResult | SplitScores, one: Condition) -> Difference | None:
    """The difference that the evaluation holds, whichever of the two it is of."""
    found = scores.differences.get(one.model, {}).get(one.other, {}).get(one.metric)
    if found is None and (turned := scores.differences.get(one.other, {}).get(one.model, {}).get(one.metric)):
        ends = [None if end is None else -end for end in (turned.high, turned.low)]
        found = turned.model_copy(update={"value": -turned.value, "low": ends[0], "high": ends[1]})
    return found
