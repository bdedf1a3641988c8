"""What a judge's replies add up to: verdicts by example, and paired statistics like those of every other metric."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from core.evaluation.judging.asking import Reply
from core.evaluation.judging.questions import Ask
from core.evaluation.judging.replies import reason_in
from core.evaluation.statistics.bradley_terry import Vote, strengths
from core.evaluation.statistics.paired import PairedDifference, paired_difference
from core.evaluation.statistics.proportions import proportion_interval
from core.evaluation.statistics.scores import corrected, scored
from core.specs.judging.spec import JudgeSpec
from core.specs.results.evaluate import Difference, Score
from core.specs.results.judge import Bias, Judgement
from core.values import mended

_LONGEST_REASON = 2_000
Differences = dict[str, dict[str, Difference]]


class Found(NamedTuple):
    """The fields of JudgeResult that follow from the judgements."""

    scores: dict[str, Score]
    differences: Differences
    counts: dict[str, list[int]]
    strengths: dict[str, Score]
    bias: Bias | None


class Versus(NamedTuple):
    """Which models are compared: all with the reference and the look-ups, in the order of the evaluation."""

    models: list[str]
    reference: str
    look_ups: list[str]

    def pairs(self) -> list[tuple[str, str]]:
        others = [name for name in self.models if name not in (self.reference, *self.look_ups)]
        against = [name for name in dict.fromkeys((self.reference, *self.look_ups)) if name in self.models]
        pairs = [(name, other) for name in others for other in against]
        return pairs or [(name, other) for name in against[1:] for other in against[:1]]


def judgements_of(spec: JudgeSpec, asks: Sequence[Ask], replies: Mapping[str, Reply]) -> list[Judgement]:
    """The verdict on each answer or pair. A pair has one only if both replies can be read; if each prefers another
    answer, or only one prefers any, it is a tie."""
    found = []
    for (example, models), group in groupby(asks, key=lambda ask: (ask.example, ask.models)):
        told = list(group)
        verdicts = [replies[ask.question].verdict(spec) for ask in told]
        said = {
            "example": example, "models": list(models),
            "reasons": [_reason(replies[ask.question]) for ask in told],
        }  # fmt: skip
        if spec.form == "rubric":
            found.append(Judgement(**said, mark=verdicts[0]))
        else:
            found.append(Judgement(**said, **_of_pair(told, verdicts)))
    return found


def _of_pair(told: list[Ask], verdicts: list) -> dict:
    if None in verdicts:
        return {}
    sides = {False: {"A": "first", "B": "second"}, True: {"A": "second", "B": "first"}}
    chosen = {sides[ask.swapped].get(verdict, "tie") for ask, verdict in zip(told, verdicts, strict=True)}
    flipped = sides[False].get(verdicts[0], "") if verdicts[0] == verdicts[1] else ""
    return {"preferred": chosen.pop() if len(chosen) == 1 else "tie", "flipped_to": flipped}


def _reason(reply: Reply) -> str:
    return mended(reply.refusal or reason_in(reply.text))[:_LONGEST_REASON]  # JSON may escape half a character


def found_in(
    spec: JudgeSpec, judgements: Sequence[Judgement], versus: Versus, clusters: Mapping[int, Hashable] | None
) -> Found:
    """Scores and differences of the judged models. `clusters`: each example's document, if they count together."""
    judged = [one for one in judgements if one.verdict is not None]
    if spec.form == "rubric":
        return _of_marks(spec, judged, versus, clusters)
    return _of_pairs(judged, versus, clusters)


def _of_marks(spec: JudgeSpec, judged: list[Judgement], versus: Versus, clusters: Mapping | None) -> Found:
    """Marks are scored as shares of the way from the lowest to the highest, and told as marks."""
    steps = len(spec.scale) - 1
    by_model = {name: {one.example: one.mark for one in judged if one.models == [name]} for name in versus.models}
    scores, counts, differences = {}, {}, []
    for name, marks in by_model.items():
        if marks:
            values = np.array([(mark - 1) / steps for mark in marks.values()])
            scores[name] = _scaled(scored(values, _grouped(clusters, marks)), steps, 1)
            counts[name] = np.bincount(list(marks.values()), minlength=steps + 2)[1:].tolist()
    for name, other in versus.pairs():
        ours, theirs = by_model[name], by_model[other]
        both = [example for example in ours if example in theirs]
        one, two = (np.array([(marks[example] - 1) / steps for example in both]) for marks in (ours, theirs))
        differences.append((name, other, _paired(one, two, _grouped(clusters, both))))
    return Found(scores, _corrected(differences, steps), counts, {}, None)


def _of_pairs(judged: list[Judgement], versus: Versus, clusters: Mapping | None) -> Found:
    scores, differences = {}, []
    for name, other in versus.pairs():
        shares = {one.example: _share(one, name) for one in judged if {*one.models} == {name, other}}
        values = np.array(list(shares.values()))
        if other == versus.reference and shares:
            scores[name] = scored(values, _grouped(clusters, shares))
        differences.append((name, other, _paired(values, 1 - values, _grouped(clusters, shares))))
    flips = [one for one in judged if one.flipped_to]
    first = sum(one.flipped_to == "first" for one in flips)
    bias = None
    if judged:
        low, high = proportion_interval(len(flips), len(judged))
        share = len(flips) / len(judged)
        bias = Bias(value=share, low=low, high=high, flips=len(flips), pairs=len(judged), first=first)
    return Found(scores, _corrected(differences, 1), {}, _strengths(judged, versus), bias)


def _share(one: Judgement, name: str) -> float:
    """Of a verdict on two, what goes to the model of this name: 1, 0.5 for a tie, or 0."""
    return (1 + one.verdict * (1 if name == one.models[0] else -1)) / 2


def _strengths(judged: list[Judgement], versus: Versus) -> dict[str, Score]:
    seen = {name for one in judged for name in one.models}
    models = [name for name in dict.fromkeys((versus.reference, *versus.models)) if name in seen]
    votes = [Vote(one.models[0], one.models[1], _share(one, one.models[0])) for one in judged]
    try:
        found = strengths(models, votes) if models else {}
    except ValueError:  # some were never compared with the others
        return {}
    return {name: Score(value=one.value, low=one.low, high=one.high) for name, one in found.items()}


def _grouped(clusters: Mapping[int, Hashable] | None, examples) -> list[Hashable] | None:
    return None if clusters is None else [clusters[example] for example in examples]


def _paired(ours: np.ndarray, theirs: np.ndarray, clusters: list | None) -> PairedDifference | None:
    units = len(ours) if clusters is None else len({*clusters})
    return paired_difference(ours, theirs, clusters) if units >= 2 else None


def _corrected(found: list[tuple[str, str, PairedDifference | None]], steps: int) -> Differences:
    told = [one for one in found if one[2] is not None]
    differences: Differences = {}
    for (name, other, _), difference in zip(told, corrected(paired for _, _, paired in told), strict=True):
        differences.setdefault(name, {})[other] = _scaled(difference, steps, 0)
    return differences


def _scaled(score: Score, factor: float, offset: float) -> Score:
    """The same on another scale: value and ends."""
    ends = {
        name: None if (end := getattr(score, name)) is None else end * factor + offset
        for name in ("value", "low", "high")
    }
    spread = getattr(score, "spread", None)
    return score.model_copy(update=ends if spread is None else ends | {"spread": spread * factor})
