"""What each evaluated model is judged by: how many answers are right or close to the reference, with intervals."""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from core.evaluation.metrics.words import SHORT_WORDS, pieces, plain, without_reasoning
from core.evaluation.statistics.proportions import proportion_interval
from core.evaluation.statistics.verdicts import is_told_apart
from core.specs.results.evaluate import Difference, EvaluateResult, Prediction

CLOSE = 0.5
"""Token F1 from which a long answer counts as close."""


class Share(NamedTuple):
    """A share of the examples with its 95 % interval; `hits` where it is a count."""

    value: float
    low: float
    high: float
    hits: int | None = None


def share_of(hits: float, count: int) -> Share:
    """The share of `hits` among `count` examples, with Wilson's interval."""
    hits = round(hits)
    return Share(hits / count, *proportion_interval(hits, count), hits)


class Tally:
    """One model's part in an evaluation: the result, with the rows of its predictions.json if they still exist.

    `role` is the name of the judged model, by default the first compared with the reference; the other scorecards are
    there for comparison.
    """

    def __init__(self, result: EvaluateResult, answers: Sequence[Prediction] = (), role: str | None = None):
        self.result = result
        self.answers = [row for row in answers if row.split in ("", result.split)]
        self.cards = result.scorecards
        self.role = role or result.subjects[0]
        self.has_answers = "accuracy" in self.cards.get(self.role, {})
        """Whether there are answers; plain text has only a loss."""
        self.references = [without_reasoning(row.reference) for row in self.answers]
        self.measure = self._measure()
        """The metric that decides, and that differences are tested on."""
        self.right_or_wrong = self.has_answers and self.measure != "rougeL"
        """Whether answers are right or wrong by that metric; long ones are close, at best."""
        applies = [row for row in self.answers if self.measure in row.scores.get(self.role, {})]
        self.count = len(applies) or result.examples
        """Examples that the metric applies to: tool calls count only where tools are offered."""

    def _measure(self) -> str:
        """What says most about such answers; results of before that was stored go by the length of the references."""
        card = self.cards.get(self.role, {})
        if said := next((metric for metric in self.result.telling if metric in card), None):
            return said
        if not self.has_answers:
            return "perplexity"
        return "accuracy" if self.result.labels or self._typical_words() <= SHORT_WORDS else "rougeL"

    def _typical_words(self) -> float:
        if self.references:
            return median(len(pieces(text)) for text in self.references)
        lengths = [self.cards[role].get("mean_length") for role in (*self.result.look_ups, self.role)]
        return next((length.value for length in lengths if length), math.inf)

    @property
    def others(self) -> dict[str, str]:
        """What the model has to beat, in words by name: the reference, and looking answers up, which costs nothing."""
        reference = self.result.reference
        words = {} if self.role == reference else {reference: "the base model" if reference == "base" else reference}
        return words | dict.fromkeys(self.result.look_ups, "looking up the nearest question")

    @property
    def exact(self) -> str:
        """The metric by which an answer is right: for long ones, equal to the reference."""
        return self.measure if self.right_or_wrong else "accuracy"

    def how_good(self, scores: dict[str, float]) -> str:
        """`right`, `close` or `missed`: an answer with these scores; `not counted` where the metric does not apply."""
        if self.exact not in scores:
            return "not counted"
        if scores[self.exact] == 1:
            return "right"
        return "close" if not self.right_or_wrong and scores["f1"] >= CLOSE else "missed"

    def right(self, role: str) -> Share:
        """Answers that are right, by `exact`."""
        score = self.cards[role][self.exact]
        counted = share_of(score.value * self.count, self.count)
        return counted if score.low is None else counted._replace(low=score.low, high=score.high)

    def close(self, role: str) -> Share | None:
        """Long answers that are right or close; None if answers are right or wrong, or no longer stored."""
        if self.right_or_wrong or not self.answers:
            return None
        return share_of(sum(self.how_good(row.scores[role]) != "missed" for row in self.answers), len(self.answers))

    def share(self, role: str) -> Share:
        """What a role is judged by: right answers, if long close ones, else the mean ROUGE-L."""
        if self.right_or_wrong:
            return self.right(role)
        score = self.cards[role]["rougeL"]
        return self.close(role) or Share(score.value, score.low or 0.0, score.high or 1.0)

    def difference(self, other: str) -> Difference | None:
        """How far the model is above another, by what both are judged by; None if they were not paired."""
        return self.result.differences.get(self.role, {}).get(other, {}).get(self.measure)

    def compared_with(self, other: str) -> str:
        """`better` or `worse` than another role, or `open` where the examples cannot tell them apart."""
        if (paired := self.difference(other)) and paired.low is not None:
            return "open" if not is_told_apart(paired) else "better" if paired.value > 0 else "worse"
        mine, its = self.share(self.role), self.share(other)
        return "better" if mine.low > its.high else "worse" if mine.high < its.low else "open"

    def most_repeated_answer(self) -> tuple[str, int]:
        """The answer given to the most questions, and how many different references those questions have."""
        meant = defaultdict(set)
        for row, reference in zip(self.answers, self.references, strict=True):
            meant[without_reasoning(row.predictions[self.role])].add(plain(reference))
        answer, references = max(meant.items(), key=lambda item: len(item[1]), default=("", ()))
        return answer, len(references)
