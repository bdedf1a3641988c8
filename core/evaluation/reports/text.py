"""An evaluation as plain text: the verdict, what was compared, every metric with its interval, differences, answers."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import islice

from core.evaluation.reports.figures import fixed, has_interval, model_labels
from core.evaluation.reports.findings import Settings, findings, limits, source_of
from core.evaluation.reports.shown_examples import ShownExample, shown_examples
from core.evaluation.statistics.verdicts import is_told_apart, methods_in_words, what_was_shown
from core.specs.results.evaluate import Confusion, Difference, EvaluateResult, Prediction, Score, Scorecard, SplitScores
from core.specs.results.metrics import METRICS, metric
from core.specs.sample_sizes import FEWEST_SCORED

_EXAMPLES_OF_A_KIND = 3
_WIDTH = 100
_CELL = 26
_BESIDE = 4
"""Models side by side in a table; further ones go below."""
_CONFUSED_WITH = 5
_HOW = (
    "In brackets: the 95 % interval, Wilson's for right or wrong, else by 10,000 bootstrap resamples (BCa) from "
    f"{FEWEST_SCORED} examples on, Student's for fewer source documents. Two models are told apart by a paired test of "
    "the same examples at the 5 % level, corrected for all metrics and models that are tested (Holm)."
)


def as_text(result: EvaluateResult, rows: Iterable[Prediction], settings: Settings) -> str:
    """The contents of `evaluation_report.txt`. `rows` are read once."""
    labels = {name: name for name in result.scorecards}
    in_words = model_labels(result, settings.spec)
    lines = [f"Evaluation of {result.model}", ""]
    for finding in findings(result, in_words):
        lines += textwrap.wrap(finding.sentence, _WIDTH)
        lines += textwrap.wrap(finding.figures, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += ["", *(f"{label}: {value}" for label, value in settings.listed(result))]
    lines += [f"{one.name}: {one.how or source_of(one.model) or one.kind}" for one in result.models]
    lines += [f"Note: {note}" for note in result.notes]
    for split, scores in {result.split: result, **result.other_splits}.items():
        lines += ["", f"{scores.examples} examples of the {split} split of {result.dataset}", ""]
        lines += [*_table(scores.scorecards), "", *_differences(scores, labels), *scores.verdicts]
        lines += [shown] if (shown := what_was_shown(scores)) else []
        lines += ["", *_about_references(scores)]
    lines += [*textwrap.wrap(f"{_HOW} {methods_in_words(result.differences)}", _WIDTH), ""]
    lines += _meanings([result, *result.other_splits.values()])
    for found in filter(None, (result.forgetting, result.harness)):
        lines += ["", *found.lines()]
    for label, speed in (result.speed or {}).items():
        lines += ["", f"Speed of {label}", *(f"  {name}: {value}" for name, value in speed.figures().items())]
    lines += ["", "What this cannot tell:"]
    for sentence in limits(result, settings):
        lines += textwrap.wrap(sentence, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join([*lines, *_examples(result, rows)]) + "\n"


def _about_references(scores: SplitScores | EvaluateResult) -> Iterator[str]:
    """Which metrics say most about the references of a split, which say nothing, and what is taken for which label."""
    shown = _shown(scores)
    if telling := [metric(name).label for name in scores.telling if name in shown]:
        yield from [f"The references are {scores.answer_kind}: {', '.join(telling)} say most about them.", ""]
    if scores.silent:
        yield "Metrics that say nothing about these answers:"
        yield from (f"{one.metric:20} {one.reason}" for one in scores.silent)
        yield ""
    for model, confusion in scores.confusions.items():
        yield f"Labels as {model} answers them (a row for each that is expected):"
        yield from [*_confusion(confusion), ""]


def _meanings(splits: list[SplitScores | EvaluateResult]) -> Iterator[str]:
    """What each metric measures that says something about any split."""
    told = {name for scores in splits for name in _shown(scores) - {one.metric for one in scores.silent}}
    listed = [name for name in (*METRICS, *sorted(told - METRICS.keys())) if name in told]
    yield from (f"{name:20} {metric(name).meaning}" for name in listed)


def _shown(scores: SplitScores | EvaluateResult) -> set[str]:
    return {name for card in scores.scorecards.values() for name in card}


def _table(cards: dict[str, Scorecard]) -> Iterator[str]:
    names = iter(cards)
    first = True
    while beside := list(islice(names, _BESIDE)):
        if not first:
            yield ""
        first = False
        width = max(_CELL, *(len(name) + 2 for name in beside))
        yield f"{'':20}" + "".join(f"{name:>{width}}" for name in beside)
        for found in dict.fromkeys(found for card in cards.values() for found in card):
            yield f"{found:20}" + "".join(f"{_cell(cards[name].get(found)):>{width}}" for name in beside)


def _differences(scores: EvaluateResult | SplitScores, labels: dict[str, str]) -> Iterator[str]:
    """The paired differences, a line each, with what decides whether two models are told apart."""
    rows = [
        (f"{labels[name]} less {labels[other]}", found, _cell(one, "+"), _p_value(one), _told(one))
        for name, others in scores.differences.items()
        for other, above in others.items()
        for found, one in above.items()
    ]
    if not rows:
        return
    yield "Paired differences:"
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)) + f"  {row[4]}"
    yield ""


def _p_value(difference: Difference) -> str:
    corrected = difference.corrected_p_value
    return "" if corrected is None else f"corrected p {corrected:.3f}" if corrected >= 0.001 else "corrected p < 0.001"


def _told(difference: Difference) -> str:
    return "told apart" if is_told_apart(difference) else "not told apart"


def _confusion(confusion: Confusion) -> Iterator[str]:
    """A line for each label: how often it was right, and what was said in its place, the commonest first."""
    for label, counts in zip(confusion.labels, confusion.counts, strict=True):
        said = dict(zip([*confusion.labels, "another answer"], counts, strict=True))
        right = said.pop(label)
        wrong = sorted(((count, other) for other, count in said.items() if count), reverse=True)[:_CONFUSED_WITH]
        others = "".join(f", {count} {other}" for count, other in wrong)
        yield f"{label}: {right} of {sum(counts)} right{others}"


def _cell(score: Score | None, sign: str = "") -> str:
    if score is None:
        return "–"
    if not has_interval(score):
        return _number(score.value, sign)
    return f"{_number(score.value, sign)} [{_number(score.low, sign)}, {_number(score.high, sign)}]"


def _number(value: float, sign: str) -> str:
    return fixed(value, 3 if abs(value) < 100 else 0, sign)


def _examples(result: EvaluateResult, rows: Iterable[Prediction]) -> Iterator[str]:
    shown = shown_examples(result, rows)
    kinds = {"best": shown.best, "worst": shown.worst, "drawn at random": shown.drawn}
    for kind, found in kinds.items():
        for one in found[:_EXAMPLES_OF_A_KIND]:
            yield from ["", f"--- Example {one.number}, {kind} by {shown.metric}", *_example(one, shown.longest)]


def _example(one: ShownExample, longest: int) -> Iterator[str]:
    texts = {"asked": f"{one.row.instruction} {one.row.input}", "reference": one.row.reference, **one.row.predictions}
    for label, text in texts.items():
        shown = text if len(text) <= longest else f"{text[:longest]} … ({len(text) - longest:,} more characters)"
        label, indent = f"{label:<11} ", " " * 12
        yield from textwrap.wrap(" ".join(shown.split()), _WIDTH, initial_indent=label, subsequent_indent=indent)
