"""How far a judge agrees with a person, and whether that is enough for its verdict to count."""

from core.specs.results.evaluate import Score
from core.specs.results.result import Part

FEWEST_RATED, LEAST_KAPPA = 20, 0.4
"""The bar, see `core.evaluation.judging.trust`."""


class Trust(Part):
    """The agreement of a judge with one person's ratings of the same answers."""

    rated: int
    """What both gave a verdict on."""
    given: int = 0
    """What the person gave one on, which the judge may not have been asked about."""
    agreed: int
    """Answers, or pairs, on which both said exactly the same."""
    of_marks: bool
    kappa: Score | None = None
    """Cohen's: quadratically weighted for marks."""
    tau: Score | None = None
    """Kendall's tau-b."""
    one_verdict: bool = False
    """Whether the person gave one and the same verdict to all, which no judge can be told by."""
    more: int | None = None
    """About how many more ratings would pass the bar at this agreement; None where more would not help."""

    @property
    def passes(self) -> bool:
        """Whether the judge's verdict counts."""
        enough = self.rated >= FEWEST_RATED and not self.one_verdict
        return bool(enough and self.kappa and self.kappa.low is not None and self.kappa.low >= LEAST_KAPPA)

    @property
    def sentence(self) -> str:
        """What this says, such as `Not trusted yet: it agreed with you on 12 of 20 answers, …`."""
        things = "answers" if self.of_marks else "pairs"
        if not self.rated and self.given:
            return (
                f"Not trusted yet: of the {things} that you have rated ({self.given:,}), it gave a verdict on none. "
                f"{FEWEST_RATED} or more that both have rated are needed."
            )
        if not self.rated:
            return f"Not trusted yet: you have rated none of these {things}. {FEWEST_RATED} or more are needed."
        said = f"it agreed with you on {self.agreed} of {self.rated} {things}, kappa {_shown(self.kappa)}"
        if self.given > self.rated:
            said += f" (you rated {self.given:,}; it gave no verdict on the others)"
        if self.passes:
            return f"Trusted: {said}."
        return f"Not trusted yet: {said}. {self._needed(things)}"

    def _needed(self, things: str) -> str:
        if self.one_verdict:
            return f"You gave all of them the same verdict: rate {things} of different quality too."
        if self.rated < FEWEST_RATED:
            return f"It needs {_more(FEWEST_RATED - self.rated)} before an interval can be told."
        bar = f"The low end of kappa's interval has to reach {LEAST_KAPPA:g}"
        if self.more is None:
            return f"{bar}, which more ratings alone would not bring: write clearer criteria, or change the judge."
        return f"{bar}: about {_more(max(1, self.more))} would show it, if it goes on agreeing as often."


def _more(ratings: int) -> str:
    return f"{ratings:,} more rating{'' if ratings == 1 else 's'}"


def _shown(score: Score | None) -> str:
    if score is None:
        return "–"
    interval = "" if score.low is None else f" (95 % interval {score.low:.2f} to {score.high:.2f})"
    return f"{score.value:.2f}{interval}"
