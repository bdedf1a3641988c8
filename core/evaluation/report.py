"""An evaluation as plain text: every metric with its interval, how it was measured, and some of the answers."""

import textwrap
from collections.abc import Iterator

from core.evaluation.statistics.verdicts import verdicts_in_words, what_examples_show
from core.specs import SCORE_NAMES
from core.specs.results.evaluate import EvaluateResult, Prediction, Score, Scorecard
from core.specs.sample_sizes import FEWEST_SCORED

_ANSWERS_SHOWN = 5
_WIDTH = 100
_CELL = 26
_HOW = (
    "In brackets: the 95 % interval, Wilson's for right or wrong, else by 10,000 bootstrap resamples (BCa), from "
    f"{FEWEST_SCORED} examples on. Two models are told apart by a paired test of the same examples at the 5 % level "
    "(McNemar's for right or wrong, else Fisher's randomization test), corrected for all metrics and models (Holm)."
)


def as_text(result: EvaluateResult, predictions: list[Prediction]) -> str:
    """The contents of `evaluation_report.txt`."""
    lines = [f"Evaluation of {result.model}"]
    for split, scores in {result.split: result, **result.other_splits}.items():
        lines += [
            f"{scores.examples} examples of the {split} split of {result.dataset}",
            "",
            *_table(scores.scorecards),
            "",
            *verdicts_in_words(scores.differences),
            what_examples_show(scores.examples),
            "",
        ]
    lines += [*textwrap.wrap(_HOW, _WIDTH), ""]
    lines += [f"{one.name}: {one.how}" for one in result.models]
    lines += [f"Note: {note}" for note in result.notes]
    for label, speed in (result.speed or {}).items():
        lines += ["", f"Speed of {label}", *(f"  {name}: {value}" for name, value in speed.figures().items())]
    for number, row in enumerate(predictions[:_ANSWERS_SHOWN], start=1):
        lines += ["", f"--- Example {number}", *_wrapped("asked", f"{row.instruction} {row.input}")]
        lines += _wrapped("reference", row.reference)
        for name, text in row.predictions.items():
            lines += _wrapped(name, text)
    return "\n".join(lines) + "\n"


def _table(cards: dict[str, Scorecard]) -> Iterator[str]:
    width = max(_CELL, *(len(name) + 2 for name in cards))
    yield f"{'':16}" + "".join(f"{name:>{width}}" for name in cards)
    for metric in dict.fromkeys([*(metric for card in cards.values() for metric in card), *SCORE_NAMES]):
        cells = [_cell(card.get(metric)) for card in cards.values()]
        yield f"{metric:16}" + "".join(f"{cell:>{width}}" for cell in cells)


def _cell(score: Score | None) -> str:
    if score is None:
        return "–"
    if score.low is None:
        return _number(score.value)
    return f"{_number(score.value)} [{_number(score.low)}, {_number(score.high)}]"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _wrapped(label: str, text: str) -> list[str]:
    label, indent = f"{label:<11} ", " " * 12
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=label, subsequent_indent=indent)
