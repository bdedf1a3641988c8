"""Findings about the balance and size of a dataset."""

from collections.abc import Iterable

from core.data.overlap.selection import Selection
from core.data.report.findings.figures import counted
from core.data.report.statistics import Statistics
from core.specs import Shape, Split
from core.specs.results.report import Finding
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED

_LABELS_NAMED = 10
_FEW_EXAMPLES, _HARDLY_ANY = 50, 10
_RARE_LABEL = 0.1
_LARGEST_TOPIC = 0.5
_SHOWN = {
    False: f"{FEWEST_SCORED} show a difference of about 30 points in the share of good answers, {ENOUGH_SCORED} of "
    "about 15.",
    True: "How well a model predicts so few texts says little about others.",
}
"""What the test split can show, of questions and of plain text."""


def of_balance(selection: Selection, statistics: Statistics, shape: Shape, labels: dict[str, int]) -> Iterable[Finding]:
    """All findings about labels, topics and the number of examples."""
    yield from _judged(statistics) if statistics.judged else _topics(statistics)
    yield from _labels(labels)
    yield from _few(selection, shape)


def _judged(statistics: Statistics) -> Iterable[Finding]:
    judged = statistics.judged
    rare, count = min((("good", judged.get("good", 0)), ("bad", judged.get("bad", 0))), key=lambda one: one[1])
    total = sum(judged.values())
    if count < _RARE_LABEL * total:
        severity = "warning" if count else "error"
        yield Finding(
            "balance", severity, f"Only {count:,} of {total:,} answers are {rare}",
            "Feedback teaches through the difference between good and bad answers: both are needed.", count,
        )  # fmt: skip


def _topics(statistics: Statistics) -> Iterable[Finding]:
    topics = statistics.topics
    if len(topics) > 1:
        largest, count = topics.most_common(1)[0]
        if count > _LARGEST_TOPIC * sum(topics.values()) and len(topics) > 2:
            yield Finding(
                "balance", "info", f"{count:,} of {sum(topics.values()):,} examples have the topic {largest!r}",
                "The model will learn more about it than about the others.", count,
            )  # fmt: skip


def _labels(labels: dict[str, int]) -> Iterable[Finding]:
    if labels:
        most = list(labels.items())[:_LABELS_NAMED]
        named = ", ".join(f"{label!r} {count:,}" for label, count in most)
        more = f" and {len(labels) - len(most)} more" if len(labels) > len(most) else ""
        yield Finding(
            "label_data", "info", f"The answers are {len(labels)} labels",
            f"{named}{more}. Evaluation counts how many of them the model gets right.", sum(labels.values()),
        )  # fmt: skip


def _few(selection: Selection, shape: Shape) -> Iterable[Finding]:
    splits = selection.splits[selection.alive]
    count = int((splits == list(Split).index(Split.TRAIN)).sum())
    if 0 < count < _FEW_EXAMPLES:
        severity = "error" if count < _HARDLY_ANY else "warning"
        yield Finding(
            "too_few", severity, f"Only {counted(count)} to train on",
            f"With fewer than {_FEW_EXAMPLES}, a model learns little more than their wording; a few hundred are a good "
            "start.", count,
        )  # fmt: skip
    tested = int((splits == list(Split).index(Split.TEST)).sum())
    if 0 < tested < FEWEST_SCORED:
        yield Finding(
            "too_few_to_test", "info", f"Only {counted(tested)} to test on",
            f"{_SHOWN[shape is Shape.TEXT]} Give the test split a larger share, or evaluate on a separate dataset.",
            tested,
        )  # fmt: skip
