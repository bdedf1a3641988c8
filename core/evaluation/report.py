"""An evaluation as plain text: every metric with its interval, how it was measured, and some of the answers."""

import textwrap

from core.specs import SCORE_NAMES
from core.specs.results.evaluate import EvaluateResult, Prediction, Score
from core.specs.sample_sizes import too_few_to_tell

_ANSWERS_SHOWN = 5
_WIDTH = 100
_CELL = 26


def as_text(result: EvaluateResult, predictions: list[Prediction]) -> str:
    """The contents of `evaluation_report.txt`."""
    cards = result.scorecards
    lines = [
        f"Evaluation of {result.model}",
        f"{result.examples} examples of the {result.split} split of {result.dataset}",
        "",
        f"{'':16}" + "".join(f"{role:>{_CELL}}" for role in cards),
    ]
    for name in dict.fromkeys([*(name for card in cards.values() for name in card), *SCORE_NAMES]):
        cells = [_cell(card.get(name)) for card in cards.values()]
        lines.append(f"{name:16}" + "".join(f"{cell:>{_CELL}}" for cell in cells))
    lines += ["", "In brackets: 95 % interval, by 1,000 bootstrap resamples of the examples; Wilson's for shares.", ""]
    lines += [f"{role}: {how}" for role, how in result.how.items()]
    lines += [f"Note: {note}" for note in (too_few_to_tell(result.examples), *result.notes) if note]
    for label, speed in (result.speed or {}).items():
        lines += ["", f"Speed of {label}", *(f"  {name}: {value}" for name, value in speed.figures().items())]
    for number, row in enumerate(predictions[:_ANSWERS_SHOWN], start=1):
        lines += ["", f"--- Example {number}", *_wrapped("asked", f"{row.instruction} {row.input}")]
        lines += _wrapped("reference", row.reference)
        for role, text in row.predictions.items():
            lines += _wrapped(role, text)
    return "\n".join(lines) + "\n"


def _cell(score: Score | None) -> str:
    if score is None:
        return "–"
    if score.low is None:
        return _number(score.value)
    return f"{_number(score.value)} [{_number(score.low)}, {_number(score.high)}]"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _wrapped(label: str, text: str) -> list[str]:
    indent = " " * 12
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=f"{label:<12}", subsequent_indent=indent)
