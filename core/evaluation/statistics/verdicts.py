"""What paired differences say, in words: better on …, worse on …, not told apart on …. Light: pages use it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from core.evaluation.statistics.planning import (
    USUAL_DISAGREEMENT,
    WANTED_POWER,
    examples_needed,
    scores_needed,
    smallest_difference,
)
from core.specs.results.evaluate import Difference, Differences
from core.specs.results.metrics import METRICS

LEVEL = 0.05
"""A corrected p-value below this tells two models apart."""
_USUAL_AIM = 0.1
"""A difference in right answers that people care about."""
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


def verdict(differences: Mapping[str, Difference]) -> Verdict:
    """By metric; those without a p-value, from results of before there were any, are told apart by their interval."""
    better, worse, unknown = [], [], {}
    for name, difference in differences.items():
        if is_told_apart(difference):
            (better if difference.value * METRICS[name].better > 0 else worse).append(name)
        else:
            unknown[name] = more_needed(difference)
    return Verdict(better, worse, unknown, wanted(*differences.values()))


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
    alpha = LEVEL * difference.p_value / difference.corrected_p_value
    needed = scores_needed(difference.value, difference.spread, alpha)
    if needed is None or needed > _MOST_WORTH_ASKING * difference.examples:
        return None
    return _rounded(max(1, needed - difference.examples))


def in_words(found: Verdict, labels: Mapping[str, str]) -> str:
    """`better on A and B; worse on C; not told apart on D (bring about 200 more examples)`."""

    def named(names: Iterable[str]) -> str:
        *most, last = [labels.get(name, name) for name in names]
        return f"{', '.join(most)} and {last}" if most else last

    parts = [f"{how} on {named(names)}" for how, names in (("better", found.better), ("worse", found.worse)) if names]
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


@lru_cache  # a form asks at every redrawing
def what_examples_show(examples: int) -> str:
    """What so many examples can show, told before a run and in its report: the smallest difference in right answers."""
    least = smallest_difference(examples)
    if least is None:
        seen = f"{examples:,} examples cannot tell two models apart, whatever they answer."
    else:
        seen = (
            f"{examples:,} examples show a difference of {math.ceil(100 * least)} points in right answers "
            f"({100 * WANTED_POWER:.0f} % power at the {100 * LEVEL:.0f} % level, if two models disagree on "
            f"{100 * USUAL_DISAGREEMENT:.0f} % of the questions)."
        )
    if least is None or least > _USUAL_AIM:
        seen += f" {100 * _USUAL_AIM:.0f} points take about {_rounded(examples_needed(_USUAL_AIM)):,}."
    return seen


def _rounded(number: int) -> int:
    """Up, to two digits."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return -(-number // unit) * unit
