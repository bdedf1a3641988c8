"""What paired differences say, in words: better on …, worse on …, not told apart on …. Light: pages use it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from core.evaluation.statistics.planning import (
    USUAL_DISAGREEMENT,
    USUAL_SPREAD,
    WANTED_POWER,
    examples_needed,
    scores_needed,
    smallest_difference,
    smallest_score_difference,
)
from core.specs.results.evaluate import Difference, Differences, EvaluateResult, SplitScores
from core.specs.results.metrics import METRICS, metric

LEVEL = 0.05
"""A corrected p-value below this tells two models apart."""
_USUAL_AIM = 0.1
"""A difference in the share of good answers that people care about."""
_SCORE_AIM = 0.05
"""The same of the mean ROUGE-L."""
_OF_LONG_ANSWERS = "rougeL"
_POWER = f"{100 * WANTED_POWER:.0f} % power at the {100 * LEVEL:.0f} % level"
_MOST_WORTH_ASKING = 20
"""Times as many examples as there were: beyond, the difference hardly matters."""


class Verdict(NamedTuple):
    """The metrics on which a model is better or worse than another, or not told apart from it."""

    better: list[str]
    worse: list[str]
    open: dict[str, int | None]
    """With how many more examples would show a difference as large as the one seen; None where no number would do."""
    wanted: str = "examples"
    """What to bring more of: where examples of a document count together, more of the same documents do not help."""
    different: list[str] = []
    """Told apart by a metric of which this version does not know whether more is better."""


def verdict(differences: Mapping[str, Difference]) -> Verdict:
    """By metric; those without a p-value, from results of before there were any, are told apart by their interval."""
    better, worse, different, unknown = [], [], [], {}
    for name, difference in differences.items():
        if is_told_apart(difference):
            way = difference.value * metric(name).better
            (better if way > 0 else worse if way < 0 else different).append(name)
        else:
            unknown[name] = more_needed(difference)
    return Verdict(better, worse, unknown, wanted(*differences.values()), different)


def wanted(*differences: Difference) -> str:
    """What would show more: examples, of further documents where those of one document count together."""
    return "examples of other documents" if any(one.clusters for one in differences) else "examples"


def is_told_apart(difference: Difference) -> bool:
    """Whether the two models are told apart: by the corrected p-value, else by an interval without 0."""
    if difference.corrected_p_value is not None:
        return difference.corrected_p_value < LEVEL
    return difference.low is not None and not difference.low <= 0 <= difference.high


def more_needed(difference: Difference | None) -> int | None:
    """How many more examples would show a difference as large as the one seen, at the corrected level.

    Rounded up to two digits. None where the two differ too little for any number worth asking for, or where that is
    unknown.
    """
    if not (difference and difference.spread and difference.value and difference.examples):
        return None
    factor = difference.correction or difference.corrected_p_value / difference.p_value
    needed = scores_needed(difference.value, difference.spread, LEVEL / factor)
    if needed is None or needed > _MOST_WORTH_ASKING * difference.examples:
        return None
    return _rounded(max(1, needed - difference.examples))


def in_words(found: Verdict, labels: Mapping[str, str]) -> str:
    """`better on A and B; worse on C; not told apart on D (bring about 200 more examples)`."""

    def named(names: Iterable[str]) -> str:
        *most, last = [labels.get(name, name) for name in names]
        return f"{', '.join(most)} and {last}" if most else last

    ways = (("better", found.better), ("worse", found.worse), ("different", found.different))
    parts = [f"{how} on {named(names)}" for how, names in ways if names]
    if found.open:
        parts.append(f"not told apart on {named(found.open)}{_bring(found.open.values(), found.wanted)}")
    return "; ".join(parts)


def _bring(numbers: Iterable[int | None], what: str) -> str:
    needed = sorted(number for number in numbers if number)
    if not needed:
        return ""
    least, most = needed[0], needed[-1]
    return f" (bring about {least:,}{'' if least == most else f' to {most:,}'} more {what})"


def verdicts_in_words(differences: Differences) -> Iterator[str]:
    """A sentence for each two models: `tuned against base: better on Right; not told apart on ROUGE-L (…).`"""
    labels = {name: metric.label for name, metric in METRICS.items()}
    for name, others in differences.items():
        for other, above in others.items():
            if above:
                yield f"{name} against {other}: {in_words(verdict(above), labels)}."


def methods_in_words(differences: Differences) -> str:
    """The tests and intervals behind these differences, with what they counted; empty for results of before them."""
    pairs, methods = (above for others in differences.values() for above in others.values()), {}
    for one in (difference for above in pairs for difference in above.values()):
        count, unit = (one.clusters, "document") if one.clusters else (one.examples, "example")
        if one.method:
            methods[f"{one.method}, {count:,} {unit}{'' if count == 1 else 's'}"] = None
    return f"{'; '.join(methods)}." if methods else ""


@lru_cache  # a form asks at every redrawing
def what_examples_show(examples: int) -> str:
    """The smallest difference that so many answers can show, told before a run and in its report; not of plain text."""
    least = smallest_difference(examples)
    if least is None:
        seen = _nothing_shown(examples)
    else:
        seen = (
            f"{examples:,} examples show a difference of {math.ceil(100 * least)} points in the share of good answers "
            f"({_POWER}, if two models disagree on {100 * USUAL_DISAGREEMENT:.0f} % of the questions)."
        )
    if least is None or least > _USUAL_AIM:
        seen += f" {100 * _USUAL_AIM:.0f} points take about {_rounded(examples_needed(_USUAL_AIM)):,} examples."
    return seen


@lru_cache
def what_scores_show(examples: int, spread: float | None = None) -> str:
    """The same of long answers, whose mean ROUGE-L is compared. `spread`: of the difference of single answers, as
    measured; None before anything was."""
    least = smallest_score_difference(examples, spread or USUAL_SPREAD)
    if least is None:
        return _nothing_shown(examples)
    how = f"as measured: {spread:.2f}" if spread else f"assumed: {USUAL_SPREAD:.2f}"
    seen = (
        f"{examples:,} examples show a difference of {math.ceil(100 * least) / 100:.2f} in mean ROUGE-L ({_POWER}; "
        f"standard deviation of the difference in one answer, {how})."
    )
    if least > _SCORE_AIM:
        needed = _rounded(scores_needed(_SCORE_AIM, spread or USUAL_SPREAD))
        seen += f" {_SCORE_AIM:g} takes about {needed:,} examples."
    return seen


def what_was_shown(scores: SplitScores | EvaluateResult, examples: int | None = None) -> str:
    """What the examples of a split can show, or so many others like them, by the metric that decides; empty of plain
    text.

    Of long answers by the largest spread that was measured between two of the models.
    """
    if not any("accuracy" in card for card in scores.scorecards.values()):
        return ""
    decides = next(iter(scores.telling), "accuracy")
    pairs = [above for others in scores.differences.values() for above in others.values()]
    tested = [above[decides] for above in pairs if decides in above]
    if examples is None:  # the metric may apply to some only, as tools are offered in some
        examples = max((one.examples or 0 for one in tested), default=0) or scores.examples
    if decides != _OF_LONG_ANSWERS:
        return what_examples_show(examples)
    return what_scores_show(examples, round(max((one.spread or 0.0 for one in tested), default=0.0), 2) or None)


def _nothing_shown(examples: int) -> str:
    return f"{examples:,} example{'' if examples == 1 else 's'} cannot tell two models apart, whatever they answer."


def _rounded(number: int) -> int:
    """Up, to two digits."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return -(-number // unit) * unit
