"""An evaluation counted: how many answers of each model are right or close to their references, with intervals."""

import math
from collections import defaultdict
from statistics import median
from typing import NamedTuple

from core.evaluation.metrics.words import pieces, plain

SHORT_WORDS = 5
"""References of so many words at the median are short answers, which are right or wrong."""


CLOSE = 0.5
"""The token F1 from which on a long answer is close to its reference."""


_Z = 1.959964
"""Standard deviations on each side of the mean that hold 95 %."""


class Share(NamedTuple):
    """A share of the examples with its 95 % interval and, where they were counted, how many they are."""

    value: float
    low: float
    high: float
    hits: int | None = None


def wilson(hits: float, count: int) -> Share:
    """The share of `hits` among `count` examples with Wilson's interval."""
    share, spread = hits / count, 1 + _Z**2 / count
    centre = (share + _Z**2 / (2 * count)) / spread
    half = _Z / spread * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return Share(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)), round(hits))


def is_close(scores: dict[str, float]) -> bool:
    """Whether an answer with these scores is right or close to its reference."""
    return scores["accuracy"] == 1 or scores["f1"] >= CLOSE


class Scored:
    """The result of an evaluation with the rows of its predictions.json, if they are still there."""

    def __init__(self, result: dict, answers: list[dict] = ()):
        self.result, self.answers = result, answers
        self.cards, self.count = result["scorecards"], result["examples"]
        self.role = next((role for role in ("tuned", "gguf", "base") if role in self.cards), "tuned")
        """The model that the evaluation is about; the others are what it is compared with."""
        self.asks = "accuracy" in self.cards.get(self.role, {})
        """Whether answers were asked for; of plain text only the loss is known."""
        self.references = [said(row["reference"]) for row in answers]
        self.short = bool(result.get("labels")) or self._typical_words() <= SHORT_WORDS

    def _typical_words(self) -> float:
        if self.references:
            return median(len(pieces(text)) for text in self.references)
        lengths = [self.cards[role].get("mean_length") for role in ("nearest", self.role) if role in self.cards]
        return next((length["value"] for length in lengths if length), math.inf)

    def right(self, role: str) -> Share:
        """The answers that are the reference but for case, punctuation and articles."""
        return wilson(self.cards[role]["accuracy"]["value"] * self.count, self.count)

    def close(self, role: str) -> Share | None:
        """The long answers that are right or close; None where answers are short, or are not there any more."""
        if self.short or not self.answers:
            return None
        return wilson(sum(is_close(row["scores"][role]) for row in self.answers), len(self.answers))

    def share(self, role: str) -> Share:
        """What a role is judged by: right answers where they are short, else close ones, else the mean ROUGE-L."""
        if self.short:
            return self.right(role)
        score = self.cards[role]["rougeL"]
        return self.close(role) or Share(score["value"], score.get("low") or 0.0, score.get("high") or 1.0)

    def above(self, other: str) -> str:
        """Whether the role is `better` than another, `worse`, or the examples do not tell them apart: `open`."""
        measure = "accuracy" if self.short else "rougeL"
        paired = self.result.get("differences", {}).get(other, {}).get(measure) if self.role == "tuned" else None
        if paired and paired.get("low") is not None:
            return "better" if paired["low"] > 0 else "worse" if paired["high"] < 0 else "open"
        mine, its = self.share(self.role), self.share(other)
        return "better" if mine.low > its.high else "worse" if mine.high < its.low else "open"

    def most_alike(self) -> tuple[str, int]:
        """The answer that the most different questions got, and how many different answers these should have got."""
        meant = defaultdict(set)
        for row, reference in zip(self.answers, self.references, strict=True):
            meant[said(row["predictions"][self.role])].add(plain(reference))
        answer, references = max(meant.items(), key=lambda item: len(item[1]), default=("", ()))
        return answer, len(references)


def said(text: str) -> str:
    """An answer without the reasoning before it."""
    return text.rpartition("</think>")[2].strip()
