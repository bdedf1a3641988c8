"""Writes the report of a dataset: what happened to its rows, its statistics, and what is wrong with it."""

from collections import Counter

from core.data.overlap.leakage import Leaks
from core.data.overlap.selection import Selection
from core.data.report.answer_labels import answer_labels
from core.data.report.distribution import distribution
from core.data.report.findings.verdict import findings, verdict
from core.data.report.statistics import Statistics
from core.data.report.token_lengths import TokenLengths
from core.data.report.version import version_of
from core.data.screening.plan import Planned
from core.data.screening.tally import Tally
from core.examples.drops import Drop
from core.specs.results.report import DataReport

_TOPICS_NAMED = 30


def report_of(
    planned: Planned, tally: Tally, selection: Selection, statistics: Statistics, leaks: Leaks, sizes: dict[str, int]
) -> DataReport:
    """The report that `data_report.json` stores."""
    spec, detected, quality = planned.spec, planned.detected, statistics.quality
    unused = [*planned.unused, *sorted(tally.unused - set(planned.unused))]
    labels = answer_labels(selection, detected.shape)
    found = findings(selection, tally, statistics, leaks, detected.shape, unused, labels)
    topics = Counter(statistics.topics or quality.frequent).most_common(_TOPICS_NAMED)
    late_notes = planned.source.facts.get("notes", [])
    notes = [*dict.fromkeys([*planned.notes, *late_notes]), *selection.notes]
    asked = f"{quality.checked:,} questions" if quality.checked < len(selection.indices) else "the questions"
    values = {
        "name": spec.name,
        "domain": spec.domain,
        "verdict": verdict(found, planned.spec.source == "sample"),
        "findings": found,
        "source": {**planned.source.facts, "columns": detected.mapping, "notes": notes},
        "notice": planned.source.facts.get("notice") or (planned.parent and planned.parent.notice),
        "shape": detected.shape,
        "detected": {"shape": detected.shape, "mapping": detected.mapping, "reason": detected.reason},
        "unused": unused,
        "columns": list(planned.plan.columns),
        "version": version_of(planned),
        **tally.figures(),
        "duplicates": len(selection.copies) + len(selection.dropped.get(Drop.DUPLICATE, ())),
        "splits": sizes,
        "lengths": {"unit": "words", **distribution(selection.kept.words[selection.indices])},
        "tokens": _tokens(statistics.tokens),
        "languages": {**dict(quality.languages.most_common()), "measured": quality.checked},
        "topics": dict(topics),
        "topics_from": "column" if statistics.topics else f"frequent words of {asked}",
        "labels": dict(statistics.judged),
        "label_data": bool(labels),
        "answer_labels": labels,
        "seed": spec.seed,
        "ratios": {"train": spec.train_ratio, "validation": spec.val_ratio, "test": spec.test_ratio},
        "split_by": spec.split_by,
        "limits": {"min_words": planned.plan.min_words, "max_words": spec.max_words, "num_samples": spec.num_samples},
        "dedupe": spec.dedupe,
        "excluded": spec.exclude_dataset,
        "compared_with": list(leaks.compared),
    }
    return DataReport(**values)


def _tokens(tokens: TokenLengths | None) -> dict[str, object] | None:
    if tokens is None:
        return None
    return {
        "model": tokens.model,
        "context": tokens.limit,
        "measured": len(tokens.indices),
        **distribution(tokens.lengths),
        "cut_off": len(tokens.too_long),
        "learned_mean": round(float(tokens.counted.mean()), 1),
        "shared": tokens.shared,
    }
