"""An evaluation as plain text: every metric with its interval, how it was measured, and some of the answers."""

import textwrap
from collections.abc import Iterator

from core.evaluation.statistics.verdicts import methods_in_words, what_examples_show
from core.specs.results.evaluate import Confusion, EvaluateResult, Prediction, Score, Scorecard
from core.specs.results.metrics import METRICS
from core.specs.sample_sizes import FEWEST_SCORED

_ANSWERS_SHOWN = 5
_WIDTH = 100
_CELL = 26
_CONFUSED_WITH = 5
_HOW = (
    "In brackets: the 95 % interval, Wilson's for right or wrong, else by 10,000 bootstrap resamples (BCa) from "
    f"{FEWEST_SCORED} examples on, Student's for fewer source documents. Two models are told apart by a paired test of "
    "the same examples at the 5 % level, corrected for all metrics and models that are tested (Holm)."
)


def as_text(result: EvaluateResult, predictions: list[Prediction]) -> str:
    """The contents of `evaluation_report.txt`."""
    lines, asks = [f"Evaluation of {result.model}"], any(row.predictions for row in predictions)
    for split, scores in {result.split: result, **result.other_splits}.items():
        lines += [
            f"{scores.examples} examples of the {split} split of {result.dataset}",
            "",
            *_table(scores.scorecards),
            "",
            *scores.verdicts,
            *([what_examples_show(scores.examples)] if asks else []),
            "",
        ]
    lines += [*textwrap.wrap(f"{_HOW} {methods_in_words(result.differences)}", _WIDTH), ""]
    shown = {metric for card in result.scorecards.values() for metric in card}
    silent = {one.metric: one.reason for one in result.silent}
    telling = [METRICS[metric].label for metric in result.telling if metric in shown]
    if telling:
        lines += [f"The references are {result.answer_kind}: {', '.join(telling)} say most about them.", ""]
    lines += [f"{name:20} {metric.meaning}" for name, metric in METRICS.items() if name in shown and name not in silent]
    if silent:
        lines += ["", "Metrics that say nothing about these answers:"]
        lines += [f"{name:20} {reason}" for name, reason in silent.items()]
    for model, confusion in result.confusions.items():
        lines += ["", f"Labels as {model} answers them (a row for each that is expected):", *_confusion(confusion)]
    lines += ["", *(f"{one.name}: {one.how}" for one in result.models)]
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
    yield f"{'':20}" + "".join(f"{name:>{width}}" for name in cards)
    for metric in dict.fromkeys(metric for card in cards.values() for metric in card):
        cells = [_cell(card.get(metric)) for card in cards.values()]
        yield f"{metric:20}" + "".join(f"{cell:>{width}}" for cell in cells)


def _confusion(confusion: Confusion) -> Iterator[str]:
    """A line for each label: how often it was right, and what was said in its place, the commonest first."""
    for label, counts in zip(confusion.labels, confusion.counts, strict=True):
        said = dict(zip([*confusion.labels, "another answer"], counts, strict=True))
        right = said.pop(label)
        wrong = sorted(((count, other) for other, count in said.items() if count), reverse=True)[:_CONFUSED_WITH]
        others = "".join(f", {count} {other}" for count, other in wrong)
        yield f"{label}: {right} of {sum(counts)} right{others}"


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
