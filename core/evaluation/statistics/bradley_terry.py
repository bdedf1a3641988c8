"""How strong models are, from votes between two of them at a time: the Bradley–Terry model. Light: no SciPy.

Bradley and Terry, Rank Analysis of Incomplete Block Designs, Biometrika 39, 1952. The odds that one model's answer is
preferred to another's are the exponential of the difference of their strengths.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from core.evaluation.statistics.proportions import Z

_MOST_ROUNDS, _CLOSE = 100, 1e-12
_ADDED = 0.5
"""A win each way of every pair that met, where votes alone would make a model infinitely strong."""


class Vote(NamedTuple):
    """One person's verdict on two answers to the same question."""

    first: str
    second: str
    share: float
    """Of the vote that goes to `first`: 1 if it is better, 0 if worse, 0.5 for a tie or where both are bad."""


class Strength(NamedTuple):
    """Logarithmic strength above the first model, with its 95 % interval; `error` is its standard error."""

    value: float
    error: float
    low: float
    high: float


def strengths(models: Sequence[str], votes: Iterable[Vote]) -> dict[str, Strength]:
    """Maximum-likelihood strengths by model, the first of `models` at 0, by Newton's method; intervals are Wald's.

    A tie is half a win for each. If some models never lost to the others, or never met them, the likelihood has no
    maximum (Ford 1957): half a win each way is then added to every pair. Raises ValueError where a model met no other.
    """
    places = {model: number for number, model in enumerate(models)}
    wins = np.zeros((len(models), len(models)))
    for vote in votes:
        first, second = places[vote.first], places[vote.second]
        wins[first, second] += vote.share
        wins[second, first] += 1 - vote.share
    met = wins + wins.T
    if not _all_reach_all(met > 0):
        raise ValueError("not all models were compared with each other, not even through others")
    if not _all_reach_all(wins > 0):
        wins, met = wins + _ADDED * (met > 0), met + 2 * _ADDED * (met > 0)
    values, errors = _fitted(wins, met)
    return {
        model: Strength(float(value), float(error), float(value - Z * error), float(value + Z * error))
        for model, value, error in zip(models, values, errors, strict=True)
    }


def _all_reach_all(steps: np.ndarray) -> bool:
    """Whether each model is reached from each other one by any number of steps: bool, shape (models, models)."""
    reached = steps | np.eye(len(steps), dtype=bool)
    for _ in range(len(steps).bit_length()):  # each time over twice as many steps
        reached = (reached.astype(int) @ reached) > 0
    return bool(reached.all())


def _fitted(wins: np.ndarray, met: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strengths and their standard errors, both shape (models,), from wins and meetings, shape (models, models)."""
    values, covariance = np.zeros(len(wins)), np.zeros((0, 0))
    for _ in range(_MOST_ROUNDS):
        expected = 1 / (1 + np.exp(values[None, :] - values[:, None]))
        surplus = (wins - met * expected).sum(axis=1)
        weights = met * expected * (1 - expected)
        information = np.diag(weights.sum(axis=1)) - weights
        covariance = np.linalg.inv(information[1:, 1:])
        step = covariance @ surplus[1:]
        values[1:] += step / max(1.0, np.abs(step).max(initial=0.0))  # at most 1 a round, so that it cannot overshoot
        if np.abs(step).max(initial=0.0) < _CLOSE:
            break
    return values, np.concatenate([[0.0], np.sqrt(np.diag(covariance))])
