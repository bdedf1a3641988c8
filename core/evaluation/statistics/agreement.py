"""How far two raters agree on the same answers: a judge and a person, or two persons."""

from collections.abc import Hashable, Sequence
from functools import partial

import numpy as np

from core.evaluation.statistics.proportions import wilson
from core.evaluation.statistics.scores import scored_sums
from core.evaluation.statistics.units import Statistic
from core.specs.results.evaluate import Score


def cohens_kappa(ours: Sequence[Hashable], theirs: Sequence[Hashable], scale: Sequence[float] = ()) -> Score:
    """Cohen's kappa of two raters' verdicts in the same order: 1 is full agreement, 0 that of chance.

    Cohen, A Coefficient of Agreement for Nominal Scales, 1960. With a `scale`, all marks that could be given, from the
    lowest to the highest, a disagreement weighs as the square of its distance (Cohen, Weighted Kappa, 1968).
    1 where both give all answers one and the same verdict, which says little.

    The interval is that of the BCa bootstrap. Raters who agree on every answer do so in every resample: there, the low
    end is kappa at the low end of Wilson's interval of the share agreed on,
    and -1 where all verdicts are one and the same.
    Raises ValueError for lists of different lengths.
    """
    values = list(scale) or sorted({*ours, *theirs}, key=str)
    weights = np.subtract.outer(range(len(values)), range(len(values))) ** 2 if scale else 1 - np.eye(len(values))
    found = _scored(ours, theirs, values, partial(_kappa, weights=weights))
    if found.low is None or list(ours) != list(theirs):
        return found
    shares = np.unique([values.index(one) for one in ours], return_counts=True)[1] / len(ours)
    by_chance = float((shares**2).sum())
    least = wilson(1.0, len(ours))[0]
    low = (least - by_chance) / (1 - by_chance) if by_chance < 1 else -1.0
    return Score(value=1.0, low=max(-1.0, low), high=1.0)


def kendalls_tau(ours: Sequence[float], theirs: Sequence[float]) -> Score:
    """Kendall's tau-b of two raters' marks: 1 if they order all answers alike, -1 if the other way round.

    Kendall, The Treatment of Ties in Ranking Problems, Biometrika 33, 1945. 0 where a rater gives one mark to all.
    The interval and the errors are those of `cohens_kappa`.
    """
    return _scored(ours, theirs, sorted({*ours, *theirs}), _tau)


def _scored(ours: Sequence, theirs: Sequence, values: list, statistic: Statistic) -> Score:
    """A statistic of the table of how often each pair of `values` occurs."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} ratings beside {len(theirs)}")
    number, size = {value: place for place, value in enumerate(values)}, len(values)
    cells = [number[one] * size + number[other] for one, other in zip(ours, theirs, strict=True)]
    return scored_sums(np.eye(size * size)[cells], lambda sums: statistic(sums.reshape(*sums.shape[:-1], size, size)))


def _kappa(tables: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of tables of counts, shape (..., values, values); `weights`: how bad each disagreement is, (values, values)."""
    count = tables.sum(axis=(-2, -1))
    apart = (tables * weights).sum(axis=(-2, -1)) / count
    by_chance = ((tables.sum(axis=-1) @ weights) * tables.sum(axis=-2)).sum(axis=-1) / count**2
    alike = by_chance < 1e-12
    return np.where(alike, 1.0, 1 - apart / np.where(alike, 1.0, by_chance))


def _tau(tables: np.ndarray) -> np.ndarray:
    """Of tables of counts, shape (..., values, values), rows and columns in rising order."""
    below = tables.cumsum(axis=-2).cumsum(axis=-1)[..., :-1, :-1]
    above = tables[..., ::-1].cumsum(axis=-2).cumsum(axis=-1)[..., :-1, :-1]
    alike = (tables[..., 1:, 1:] * below).sum(axis=(-2, -1))
    opposed = (tables[..., ::-1][..., 1:, 1:] * above).sum(axis=(-2, -1))
    pairs = [_pairs(tables.sum(axis=(-2, -1))) - _pairs(tables.sum(axis=axis)).sum(axis=-1) for axis in (-1, -2)]
    untied = np.sqrt(pairs[0] * pairs[1])
    return np.where(untied > 0, (alike - opposed) / np.where(untied > 0, untied, 1.0), 0.0)


def _pairs(count: np.ndarray) -> np.ndarray:
    return count * (count - 1) / 2
