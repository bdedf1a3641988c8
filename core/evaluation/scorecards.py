"""Gathers what each model answered and scored on the same examples: scorecards, and the predictions behind them."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from core.evaluation.engines.scored_model import AnswerLoss
from core.evaluation.measuring import Measuring
from core.evaluation.metrics.measure import Measure, Measures
from core.evaluation.statistics.clusters import clusters_of
from core.evaluation.statistics.paired import PairedDifference, paired_difference, paired_statistics
from core.evaluation.statistics.scores import corrected, scored, scored_sums
from core.evaluation.statistics.verdicts import verdicts_in_words
from core.examples.example import answer_text, messages_of, question_text, tools_of
from core.inference.engine import Answered
from core.specs.results.evaluate import (
    Confusion,
    Differences,
    Prediction,
    Score,
    Scorecard,
    SilentMetric,
    SplitScores,
)

_DIGITS = 7
MOST_IN_PAIRS = 8
"""Models of which every two are compared: with more, the list of pairs would be long, and each would lose power."""


class Scorecards:
    """The scores of the models with these names on `examples`, the most telling metrics first."""

    def __init__(self, examples: list[dict], names: list[str], measuring: Measuring, split: str = ""):
        self.measuring = measuring
        self._names = names
        self._clusters = clusters_of(examples)
        self._cards: dict[str, Scorecard] = {}
        self._measures: dict[str, Measures] = {}
        self._confusions: dict[str, Confusion] = {}
        self.predictions = [
            Prediction(
                instruction=example.get("instruction") or question_text(example),
                input=example.get("input") or "",
                reference=answer_text(example),
                topic=example.get("topic") or "",
                source=example.get("source") or "",
                tags=[tag.strip() for tag in (example.get("tags") or "").split(",") if tag.strip()],
                split=split,
                messages=asked if len(asked := messages_of(example)) > 1 else [],
                tools=tools_of(example),
                predictions={},
                scores={},
            )
            for example in examples
        ]
        """One per example, filled by `add`."""

    def add(
        self,
        name: str,
        answers: list[Answered] | None,
        losses: list[AnswerLoss] | None = None,
        shares: Sequence[float] = (),
    ) -> None:
        """Score the answers of a model, if it generated any, and its loss on the references, if it was measured.

        `shares`: how much of each reference the loss is of, from 0 to 1, as the context may be too short for all.
        """
        measures: Measures = {}
        if answers is not None:
            measures |= self.measuring.of_answers(answers)
            if confusion := self.measuring.confusion(answers):
                self._confusions[name] = confusion
        if losses:
            measures |= self.measuring.of_losses(losses, shares)
        scores = {metric: self._score(measures[metric]) for metric in self.measuring.order if metric in measures}
        self._cards[name] = {metric: score for metric, score in scores.items() if score}
        self._measures[name] = measures
        for number, row in enumerate(self.predictions):
            if answers is not None:
                row.predictions[name] = answers[number].text
            found = {metric: float(measure.examples[number]) for metric, measure in measures.items()}
            row.scores[name] = {metric: round(value, _DIGITS) for metric, value in found.items() if np.isfinite(value)}

    def _score(self, measure: Measure) -> Score | None:
        """The score with its interval; None where the metric applies to no example, or exceeds every number."""
        if not np.isfinite(measure.value):
            return None
        if measure.whole is not None:
            return Score(value=measure.whole, low=None, high=None)
        if measure.sums is not None:
            return scored_sums(measure.sums, measure.statistic, self._clusters)
        places = np.flatnonzero(~np.isnan(measure.examples))
        return scored(measure.examples[places], self._clusters_at(places)) if len(places) else None

    def _clusters_at(self, places: np.ndarray) -> list | None:
        return self._clusters and [self._clusters[place] for place in places]

    @property
    def cards(self) -> dict[str, Scorecard]:
        """The scorecards by name of the model."""
        return {name: self._cards[name] for name in self._names if name in self._cards}

    def summary(self, reference: str, look_ups: list[str]) -> SplitScores:
        """The scorecards, and what they say about each model against the reference and the look-ups."""
        differences = self._differences(reference, look_ups)
        return SplitScores(
            examples=len(self.predictions),
            scorecards=self.cards,
            differences=differences,
            verdicts=list(verdicts_in_words(differences)),
            answer_kind=str(self.measuring.kind),
            telling=list(self.measuring.telling),
            silent=[SilentMetric(metric=name, reason=why) for name, why in self.measuring.silent.items()],
            confusions=self._confusions,
        )

    def _differences(self, reference: str, look_ups: list[str]) -> Differences:
        """How far each model, but a look-up, is above the reference and above each look-up, corrected all together.

        Up to MOST_IN_PAIRS models are also compared with each other, by what says most: a damaged adapter may be worse
        than the sound one and still better than the base.
        """
        others = [name for name in (reference, *look_ups) if name in self._cards]
        models, telling = [name for name in self.cards if name not in look_ups], self.measuring.telling
        pairs = [(name, other, telling) for name in models for other in others if other != name]
        if len(models) <= MOST_IN_PAIRS:
            rest = [name for name in models if name != reference]
            pairs += [(name, other, telling[:1]) for other, name in combinations(rest, 2)]
        found = {
            (name, other, metric): above
            for name, other, metrics in pairs
            for metric, above in self._above(name, other, metrics)
        }
        differences: Differences = {name: {} for name, *_ in pairs}
        for (name, other, metric), above in zip(found, corrected(found.values()), strict=True):
            differences[name].setdefault(other, {})[metric] = above
        return differences

    def _above(self, name: str, other: str, metrics: Sequence[str]) -> Iterator[tuple[str, PairedDifference]]:
        """By metric, of those that say most: each more would cost all of them power."""
        for metric in metrics:
            ours, theirs = (self._measures[model].get(metric) for model in (name, other))
            if not (ours and theirs and np.isfinite([ours.value, theirs.value]).all()):
                continue
            if ours.sums is not None:
                if len(ours.sums) > 1:
                    yield metric, paired_statistics(ours.sums, theirs.sums, ours.statistic, self._clusters)
                continue
            places = np.flatnonzero(~np.isnan(ours.examples + theirs.examples))
            clusters = self._clusters_at(places)
            if len({*(clusters or places)}) > 1:
                yield metric, paired_difference(ours.examples[places], theirs.examples[places], clusters)
