"""Writes the report of a dataset: what became of its rows, what it is like, what is wrong with it."""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from core.data.overlap.checking import Leaks
from core.data.overlap.selection import Selection
from core.data.report.answer_labels import answer_labels
from core.data.report.findings import findings, verdict
from core.data.report.measuring import Measured, Tokens
from core.data.screening.planning import Planned
from core.data.screening.tally import Tally
from core.examples.drops import Drop
from core.specs import PrepareSpec

_TOPICS_NAMED = 30
_BARS = 20


def report_of(
    planned: Planned, tally: Tally, selection: Selection, measured: Measured, leaks: Leaks, sizes: dict[str, int]
) -> dict:
    """The report, as `data_report.json` holds it."""
    spec, detected = planned.spec, planned.detected
    unused = [*planned.unused, *sorted(tally.unused - set(planned.unused))]
    labels = answer_labels(selection, detected.shape)
    found = findings(selection, tally, measured, leaks, detected.shape, unused, labels)
    topics = Counter(measured.topics or measured.frequent).most_common(_TOPICS_NAMED)
    told_at_the_end = planned.source.facts.get("notes", [])
    notes = [*dict.fromkeys([*planned.notes, *told_at_the_end]), *selection.notes]
    asked = f"{measured.looked_at:,} questions" if measured.looked_at < len(selection.indices) else "the questions"
    return {
        "name": spec.name,
        "domain": spec.domain,
        "verdict": verdict(found, planned.spec.source == "sample"),
        "findings": found,
        "source": {**planned.source.facts, "columns": detected.mapping, "notes": notes},
        "notice": planned.source.facts.get("notice") or (planned.parent or {}).get("notice"),
        "shape": detected.shape,
        "detected": {"shape": detected.shape, "mapping": detected.mapping, "reason": detected.reason},
        "unused": unused,
        "columns": list(planned.plan.columns),
        "version": _version(planned),
        **tally.figures(),
        "duplicates": len(selection.copies) + len(selection.dropped.get(Drop.DUPLICATE, ())),
        "splits": sizes,
        "lengths": {"unit": "words", **spread(selection.kept.words[selection.indices])},
        "tokens": _tokens(measured.tokens),
        "languages": {**dict(measured.languages.most_common()), "measured": measured.looked_at},
        "topics": dict(topics),
        "topics_from": "column" if measured.topics else f"frequent words of {asked}",
        "labels": dict(measured.judged),
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


def _version(planned: Planned) -> dict[str, object]:
    """Which version of what it is, and what was done to the one before."""
    if planned.revision is None:
        return {"number": 1, "root": planned.spec.name, "parent": None, "changes": ""}
    before = (planned.parent or {}).get("version", {})
    folder = Path(planned.spec.parent).name
    done = [*planned.revision.in_words(), *(str(mend).replace("_", " ") for mend in planned.spec.mends)]
    named = re.search(r"\.v(\d+)$", planned.spec.name)
    return {
        "number": int(named[1]) if named else before.get("number", 1) + 1,
        "root": before.get("root") or folder.removesuffix("_dataset"),
        "parent": folder,
        "changes": ", ".join(done) or _settings_in_words(planned.spec, before.get("number", 1)),
        "next_row": planned.revision.next_row,
    }


def _settings_in_words(spec: PrepareSpec, parent_number: int) -> str:
    """What was done where no row was changed or mended: nothing, as when an older version is brought back, or more."""
    plain = PrepareSpec(name=spec.name, output_dir=spec.output_dir, source="dataset", parent=spec.parent)
    names = ("cleaning", "min_words", "max_words", "dedupe", "split_by")
    as_it_was = all(getattr(spec, name) == getattr(plain, name) for name in names)
    return f"as version {parent_number} was" if as_it_was else "settings changed"


def _tokens(tokens: Tokens | None) -> dict[str, object] | None:
    if tokens is None:
        return None
    return {
        "model": tokens.model,
        "context": tokens.limit,
        "measured": len(tokens.indices),
        **spread(tokens.lengths),
        "cut_off": len(tokens.too_long),
    }


def spread(values: np.ndarray) -> dict[str, object]:
    """Whole numbers as figures and as a histogram."""
    edges = np.unique(np.linspace(values.min(), values.max() + 1, _BARS + 1).astype(int))
    counts, _ = np.histogram(values, bins=edges)
    return {
        "min": int(values.min()),
        "median": float(np.median(values)),
        "mean": round(float(values.mean()), 1),
        "p95": float(np.percentile(values, 95)),
        "max": int(values.max()),
        "histogram": [
            {"from": int(low), "below": int(high), "count": int(count)}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    }
