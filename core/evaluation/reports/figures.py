"""How reports write models, scores and differences: shares as percentages and points, other scores as they are."""

from core.specs.results.evaluate import Difference, EvaluateResult, Score
from core.specs.results.metrics import METRICS, Metric

_OF_ONE_MODEL = {"base": "Base model", "tuned": "Tuned model", "gguf": "GGUF", "nearest": "Look-up"}
"""What the names stand for in an evaluation of one model beside its base."""


def model_labels(result: EvaluateResult, spec: dict) -> dict[str, str]:
    """Each model in words, by its name: as the person named it, or what a default name stands for."""
    return {name: name if spec.get("models") else _OF_ONE_MODEL.get(name, name) for name in result.scorecards}


def metric(name: str) -> Metric:
    """The metric of this name; one of an older or newer version goes by its name."""
    return METRICS.get(name) or Metric(name, "A metric that this version does not know.", 0, False)


def score_text(name: str, score: Score) -> str:
    """The value: `62.5 %` of a share, else `12.34`."""
    return _figure(name, score.value)


def interval_text(name: str, score: Score, signed: bool = False) -> str:
    """Both ends of the 95 % interval, `52.1 to 71.9 %`; a dash where there is none."""
    if score.low is None or score.high is None:
        return "–"
    sign = "+" if signed else ""
    if not metric(name).is_share:
        return f"{number(score.low, sign)} to {number(score.high, sign)}"
    unit = " points" if signed else " %"
    return f"{_hundredths(score.low, sign)} to {_hundredths(score.high, sign)}{unit}"


def difference_text(name: str, difference: Difference) -> str:
    """How far one model is above another: `+21.0 points` of shares, else `−3.10`."""
    if not metric(name).is_share:
        return number(difference.value, "+")
    return f"{_hundredths(difference.value, '+')} points"


def number(value: float, sign: str = "") -> str:
    """Three digits after the point, fewer where they say nothing; with a true minus, and `sign` before what is not."""
    digits = 3 if abs(value) < 10 else 2 if abs(value) < 100 else 0
    return f"{value:{sign},.{digits}f}".replace("-", "−")


def _figure(name: str, value: float) -> str:
    return f"{_hundredths(value)} %" if metric(name).is_share else number(value)


def _hundredths(value: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f}".replace("-", "−")
