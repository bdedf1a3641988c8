"""What a judging finds, for its job's row, `judge.json` and `judgements.json`."""

from typing import Literal

from core.specs.results.evaluate import Difference, Score
from core.specs.results.result import Part, Result


class Bias(Score):
    """The share of pairs whose verdict went with the side: which answer stood first decided, not what it says."""

    flips: int
    pairs: int
    first: int
    """Of the flips, how often the first answer was preferred both times."""


class JudgeResult(Result):
    """What a judge says of an evaluation's models. It counts once a person agrees, see `core.specs.judging.trust`."""

    form: Literal["rubric", "pairwise"]
    judge: str
    """The judge's label, and where it is."""
    split: str
    examples: int
    models: list[str]
    reference: str
    """The name of the model that the others are compared with."""
    scores: dict[str, Score]
    """By model: its mean mark, or the share of pairs with the reference in which it is preferred (a tie is half)."""
    counts: dict[str, list[int]] = {}
    """By model, how often each mark was given, from 1 upwards."""
    differences: dict[str, dict[str, Difference]]
    """Of each model to the reference and to the look-ups: in marks, or in shares of preferred answers."""
    strengths: dict[str, Score] = {}
    """Bradley–Terry strengths of pairwise verdicts, above the reference."""
    bias: Bias | None = None
    alike: int = 0
    """Pairs of the same answer, word for word, which are not asked about and do not count."""
    left_out: int = 0
    """Examples of the split beyond the limit."""
    calls: int
    unreadable: int
    """Replies in no form that was asked for, or cut off; they count for nothing."""
    refused: int
    """Questions that the judge's server refused, or that were too long for the judge."""
    samples: list[str] = []
    """The beginnings of some unreadable replies and refusals."""
    tokens: int
    seconds: float
    notes: list[str] = []
    files: list[str]


class JudgeFile(JudgeResult):
    """`judge.json`: the result, what was asked for and which attempt wrote it."""

    spec: dict
    made_by: str


class Judgement(Part):
    """One verdict in `judgements.json`: a mark of one model's answer, or which of two models' answers is better."""

    example: int
    """Its place in the evaluation's `predictions.json`."""
    models: list[str]
    """One, or the two that were compared."""
    mark: int | None = None
    preferred: Literal["first", "second", "tie"] | None = None
    """Which of the two `models` is better; None where a reply could not be read."""
    flipped_to: Literal["", "first", "second"] = ""
    """Which side was preferred both times, with sides swapped: such a verdict is a tie."""
    reasons: list[str] = []
    """What the judge said, one for each question."""

    @property
    def verdict(self) -> float | None:
        """The mark; of two models 1 if the first is better, −1 if the second, 0 for a tie. None without a verdict."""
        if len(self.models) == 1:
            return self.mark
        return None if self.preferred is None else {"first": 1.0, "second": -1.0, "tie": 0.0}[self.preferred]
