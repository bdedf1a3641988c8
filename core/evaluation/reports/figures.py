"""How reports write models, scores and differences: shares as percentages and points, other scores as they are."""

import math

from core.specs.results.evaluate import Difference, EvaluateResult, Score
from core.specs.results.metrics import metric

_OF_ONE_MODEL = {"base": "Base model", "tuned": "Tuned model", "gguf": "GGUF", "nearest": "Look-up"}
"""What the names stand for in an evaluation of one model beside its base."""


def model_labels(result: EvaluateResult, spec: dict) -> dict[str, str]:
    """Each model in words, by its name: as the person named it, or what a default name stands for."""
    return {name: name if spec.get("models") else _OF_ONE_MODEL.get(name, name) for name in result.scorecards}


def score_text(name: str, score: Score) -> str:
    """The value: `62.5 %` of a share, else `12.34`."""
    return _figure(name, score.value)


def has_interval(score: Score) -> bool:
    """Whether both ends are known numbers."""
    return all(end is not None and math.isfinite(end) for end in (score.low, score.high))


def interval_text(name: str, score: Score, signed: bool = False) -> str:
    """Both ends of the 95 % interval, `52.1 to 71.9 %`; a dash where there is none."""
    if not has_interval(score):
        return "–"
    sign = "+" if signed else ""
    if not metric(name).is_share:
        return f"{number(score.low, sign)} to {number(score.high, sign)}"
    unit = " points" if signed else " %"
    return f"{_hundredths(score.low, sign)} to {_hundredths(score.high, sign)}{unit}"


def difference_text(name: str, difference: Difference) -> str:
    """How far one model is above another: `+21.0 points` of shares, else `−3.10`."""
    if not metric(name).is_share or not math.isfinite(difference.value):
        return number(difference.value, "+")
    return f"{_hundredths(difference.value, '+')} points"


def number(value: float, sign: str = "") -> str:
    """Three digits after the point, fewer where they say nothing; see `fixed`."""
    return fixed(value, 3 if abs(value) < 10 else 2 if abs(value) < 100 else 0, sign)


def fixed(value: float, digits: int, sign: str = "") -> str:
    """With so many digits after the point and a true minus; `sign` stands before what is above 0.

    A value that rounds to 0 has no sign; infinity and NaN are `not finite`.
    """
    if not math.isfinite(value):
        return "not finite"
    told = f"{value:{sign}z,.{digits}f}"
    return told.lstrip("+") if float(told.replace(",", "")) == 0 else told.replace("-", "−")


def distinct(value: float, bound: float) -> tuple[str, str]:
    """Two different numbers with as few digits as make them differ."""
    for digits in range(3, 18):
        both = f"{value:.{digits}g}", f"{bound:.{digits}g}"
        if both[0] != both[1]:
            break
    return both


def _figure(name: str, value: float) -> str:
    return f"{_hundredths(value)} %" if metric(name).is_share and math.isfinite(value) else number(value)


def _hundredths(value: float, sign: str = "") -> str:
    return fixed(100 * value, 1, sign)
