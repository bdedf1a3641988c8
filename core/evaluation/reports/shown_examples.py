"""The examples that a report shows: best, worst and drawn at random, found in one pass over any number of them."""

import heapq
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.specs.results.evaluate import EvaluateResult, Prediction
from core.specs.results.metrics import metric

_EACH = 6
"""Examples of a kind."""
_MOST_CHARACTERS = 400_000
"""Of all texts together, so that the report stays small however long they are."""
_LONGEST, _SHORTEST = 4_000, 300
"""Characters of one text are at most between these, by how many there are."""
_SEED = 42


class ShownExample(NamedTuple):
    """A row with its place in the split, from 1, and how far the judged model is above the other one (or 0)."""

    number: int
    row: Prediction
    gain: float | None


class ShownExamples(NamedTuple):
    """The examples by kind. `judged` is compared with `other` by `metric`; without another, scored by it."""

    judged: str
    other: str | None
    metric: str
    best: list[ShownExample]
    worst: list[ShownExample]
    drawn: list[ShownExample]
    longest: int
    """Characters of one text that are shown."""


def shown_examples(result: EvaluateResult, rows: Iterable[Prediction]) -> ShownExamples:
    """Those of the main split on which the first judged model gains or loses most, and some drawn at random."""
    judged = result.subjects[0]
    other = result.reference if result.reference != judged else None
    card = result.scorecards.get(judged, {})
    name = next((one for one in [*result.telling, "rougeL", "f1", "loss"] if one in card), "loss")
    sign = metric(name).better or 1
    best, worst, drawn, generator = [], [], [], random.Random(_SEED)
    number = 0
    for row in rows:
        if row.split not in ("", result.split):
            continue
        number += 1
        gain = _gain(row, judged, other, name, sign)
        one = ShownExample(number, row, gain)
        if gain is not None:
            _keep(best, (gain, -number, one))
            _keep(worst, (-gain, -number, one))
        if len(drawn) < _EACH:
            drawn.append(one)
        elif (place := generator.randrange(number)) < _EACH:
            drawn[place] = one
    found = [[one for _, _, one in sorted(kept, key=lambda item: item[:2], reverse=True)] for kept in (best, worst)]
    if other:  # what both do equally well is neither a gain nor a loss
        found = [[one for one in found[0] if one.gain > 0], [one for one in found[1] if one.gain < 0]]
    drawn.sort(key=lambda one: one.number)
    return ShownExamples(judged, other, name, *found, drawn, _longest([*found[0], *found[1], *drawn]))


def _gain(row: Prediction, judged: str, other: str | None, name: str, sign: int) -> float | None:
    scores = [row.scores.get(model, {}).get(name) for model in filter(None, (judged, other))]
    if None in scores:
        return None
    return sign * (scores[0] - (scores[1] if other else 0.0))


def _keep(kept: list[tuple], one: tuple) -> None:
    if len(kept) < _EACH:
        heapq.heappush(kept, one)
    else:
        heapq.heappushpop(kept, one)


def _longest(shown: Sequence[ShownExample]) -> int:
    texts = sum(len(one.row.predictions) + 2 for one in shown) or 1
    return max(_SHORTEST, min(_LONGEST, _MOST_CHARACTERS // texts))
