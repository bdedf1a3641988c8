"""What each evaluated model is judged by: how many answers are right or close to the reference, with intervals."""

import math
from typing import NamedTuple

import numpy as np

from core.evaluation.browsing.index import AnswerIndex
from core.evaluation.metrics.words import SHORT_WORDS, plain, without_reasoning
from core.evaluation.statistics.proportions import proportion_interval
from core.evaluation.statistics.verdicts import is_told_apart
from core.specs.kinds import Outcome
from core.specs.results.evaluate import Difference, EvaluateResult, Score
from core.specs.results.metrics import CLOSE

_NOT_COUNTED, _MISSED, _CLOSE, _RIGHT = range(len(Outcome))


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
    """One model's part in an evaluation: the result, with the index of its answers if they still exist.

    `role` is the name of the judged model, by default the first compared with the reference; the other scorecards are
    there for comparison.
    """

    def __init__(self, result: EvaluateResult, answers: AnswerIndex | None = None, role: str | None = None):
        self.result = result
        self._answers = answers
        self.places = np.flatnonzero(answers.having("split", "", result.split)) if answers else np.zeros(0, int)
        """Of the rows of this split in predictions.json."""
        self.cards = result.scorecards
        self.role = role or result.subjects[0]
        self.has_answers = "accuracy" in self.cards.get(self.role, {})
        """Whether there are answers; plain text has only a loss."""
        self.measure = self._measure()
        """The metric that decides, and that differences are tested on."""
        self.right_or_wrong = self.has_answers and self.measure != "rougeL"
        """Whether answers are right or wrong by that metric; long ones are close, at best."""
        self.count = int(np.isfinite(self.scores(self.role, self.measure)).sum()) or result.examples
        """Examples that the metric applies to: tool calls count only where tools are offered."""

    def scores(self, role: str, metric: str) -> np.ndarray:
        """The scores of a role's answers at `places`; not a number where the metric does not apply."""
        return self._answers.scores(role, metric)[self.places] if self._answers else np.zeros(0)

    def _measure(self) -> str:
        """What says most about such answers; results of before that was stored go by the length of the references."""
        card = self.cards.get(self.role, {})
        if said := next((metric for metric in self.result.telling if metric in card), None):
            return said
        if not self.has_answers:
            return "perplexity"
        return "accuracy" if self.result.labels or self._typical_words() <= SHORT_WORDS else "rougeL"

    def _typical_words(self) -> float:
        if len(self.places):
            return float(np.median(self._answers.words("reference")[self.places]))
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

    def outcomes(self, role: str) -> np.ndarray:
        """What became of a role's answers at `places`: the place of each in Outcome."""
        exact = self.scores(role, self.exact)
        found = np.where(exact == 1, _RIGHT, _MISSED)
        if not self.right_or_wrong:
            found[(exact != 1) & (self.scores(role, "f1") >= CLOSE)] = _CLOSE
        found[np.isnan(exact)] = _NOT_COUNTED
        return found

    def how_good(self, scores: dict[str, float]) -> Outcome:
        """What became of an answer with these scores."""
        if self.exact not in scores:
            return Outcome.NOT_COUNTED
        if scores[self.exact] == 1:
            return Outcome.RIGHT
        return Outcome.CLOSE if not self.right_or_wrong and scores.get("f1", 0) >= CLOSE else Outcome.MISSED

    def right(self, role: str) -> Share:
        """Answers that are right, by `exact`."""
        return self._counted(self.cards[role][self.exact])

    def _counted(self, score: Score) -> Share:
        """A share as a count, with the score's own interval, which knows of examples that belong together."""
        counted = share_of(score.value * self.count, self.count)
        return counted if score.low is None else counted._replace(low=score.low, high=score.high)

    def close(self, role: str) -> Share | None:
        """Long answers that are right or close; None if answers are right or wrong.

        Results of before that was stored count their answers; None if those are gone.
        """
        if self.right_or_wrong:
            return None
        if score := self.cards[role].get("close"):
            return self._counted(score)
        if not len(self.places):
            return None
        return share_of(int((self.outcomes(role) != _MISSED).sum()), len(self.places))

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
        if not len(self.places):
            return "", 0
        answers, references = self._answers.answers(self.role)[self.places], self._answers.references[self.places]
        different = np.unique(np.stack([answers, references]), axis=1)[0]
        said, counts = np.unique(different, return_counts=True)
        most = said[counts.argmax()]
        row = self._answers.row(self.places[np.flatnonzero(answers == most)[0]])
        return without_reasoning(row.predictions.get(self.role, "")), int(counts.max())

    def commonest_reference(self) -> tuple[str, int]:
        """The reference that the most questions have, in lower case, and how many those are."""
        references = self._answers.references[self.places]
        said, counts = np.unique(references, return_counts=True)
        row = self._answers.row(self.places[np.flatnonzero(references == said[counts.argmax()])[0]])
        return plain(without_reasoning(row.reference)), int(counts.max())
