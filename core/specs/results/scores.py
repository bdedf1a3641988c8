"""Scores and differences with their intervals, as every result of an evaluation holds them."""

from core.specs.results.result import Part


class Score(Part):
    """A score with its 95 % interval, whose ends are None where there are too few examples for one."""

    value: float
    low: float | None = None
    high: float | None = None


class Difference(Score):
    """How far one model is above another on the same examples; the statistics are None in results of before them."""

    p_value: float | None = None
    """Two-sided, of this comparison alone."""
    corrected_p_value: float | None = None
    """By Holm's correction over all metrics and models of the split: below 0.05, the two are told apart."""
    correction: int | None = None
    """What the correction multiplies the p-value by, before it is cut to 1."""
    method: str = ""
    """The test and the interval, in words."""
    examples: int | None = None
    clusters: int | None = None
    """Source documents or conversations; None where each example stands alone."""
    spread: float | None = None
    """Standard deviation of the difference per example."""
