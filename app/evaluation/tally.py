"""How many answers of each evaluated model are right or close to the reference, with confidence intervals."""

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


def is_close(scores: dict[str, float]) -> bool:
    """Whether an answer with these scores is right or close to its reference."""
    return scores["accuracy"] == 1 or scores["f1"] >= CLOSE


class Tally:
    """One model's part in an evaluation: the result, with the rows of its predictions.json if they still exist.

    `role` is the name of the judged model, by default the first compared with the reference; the other scorecards are
    there for comparison.
    """

    def __init__(self, result: EvaluateResult, answers: Sequence[Prediction] = (), role: str | None = None):
        self.result = result
        self.answers = [row for row in answers if row.split in ("", result.split)]
        self.cards, self.count = result.scorecards, result.examples
        self.role = role or result.subjects[0]
        self.has_answers = "accuracy" in self.cards.get(self.role, {})
        """Whether there are answers; plain text has only a loss."""
        self.references = [without_reasoning(row.reference) for row in self.answers]
        self.short = result.labels or self._typical_words() <= SHORT_WORDS

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

    def right(self, role: str) -> Share:
        """Answers equal to the reference apart from case, punctuation and articles."""
        score = self.cards[role]["accuracy"]
        counted = share_of(score.value * self.count, self.count)
        return counted if score.low is None else counted._replace(low=score.low, high=score.high)

    def close(self, role: str) -> Share | None:
        """Long answers that are right or close; None if answers are short, or no longer stored."""
        if self.short or not self.answers:
            return None
        return share_of(sum(is_close(row.scores[role]) for row in self.answers), len(self.answers))

    def share(self, role: str) -> Share:
        """What a role is judged by: right answers if short, else close ones, else the mean ROUGE-L."""
        if self.short:
            return self.right(role)
        score = self.cards[role]["rougeL"]
        return self.close(role) or Share(score.value, score.low or 0.0, score.high or 1.0)

    def difference(self, other: str) -> Difference | None:
        """How far the model is above another, by what both are judged by; None if they were not paired."""
        measure = "accuracy" if self.short else "rougeL"
        return self.result.differences.get(self.role, {}).get(other, {}).get(measure)

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
