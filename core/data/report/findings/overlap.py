"""Findings about examples that say the same: duplicates, near duplicates, contradictions, leaks."""

from collections.abc import Iterable

import numpy as np

from core.data.overlap.deduplication import contradictions
from core.data.overlap.leakage import Leaks
from core.data.overlap.selection import Selection
from core.data.report.findings.figures import PAIRS_NAMED, counted, most_alike, severity_of, some
from core.examples.drops import Drop
from core.specs import Mend, Shape
from core.specs.results.report import Finding


def of_overlap(selection: Selection, leaks: Leaks, shape: Shape) -> Iterable[Finding]:
    """All findings about examples that are the same or nearly so."""
    yield from _copies(selection)
    yield from _near(selection)
    yield from _contradictions(selection, shape)
    yield from _leaks(selection, leaks)


def _copies(selection: Selection) -> Iterable[Finding]:
    gone = selection.dropped.get(Drop.DUPLICATE)
    if gone is not None:
        why = "A model learns a duplicate twice, and it may end up in two splits."
        yield Finding(
            "exact_duplicates", "info", f"{counted(len(gone))} dropped as exact duplicates", why, len(gone), some(gone)
        )
    copies = selection.copies
    if len(copies):
        yield Finding(
            "exact_duplicates", "warning", f"{counted(len(copies))} with the same texts as another",
            "A model learns a duplicate twice, at the expense of rare examples.",
            len(copies), some(selection.kept.rows[copies]), mend=Mend.DROP_EXACT_DUPLICATES,
        )  # fmt: skip


def _near(selection: Selection) -> Iterable[Finding]:
    gone = selection.dropped.get(Drop.NEAR_DUPLICATE)
    if gone is not None:
        yield Finding(
            "near_duplicates", "info", f"{counted(len(gone))} dropped as near duplicates",
            "One of each group of near duplicates was kept.", len(gone), some(gone),
        )  # fmt: skip
    if selection.pairs:
        rows = selection.kept.rows
        alike = np.unique(np.array([pair[:2] for pair in selection.pairs]))
        yield Finding(
            "near_duplicates", severity_of(len(alike), len(selection.indices)),
            f"{counted(len(alike))} with nearly the same text as another",
            "Near duplicates add little, outweigh other examples, and leak if they are in different splits.",
            len(alike), some(rows[alike]), most_alike(selection.pairs, rows), Mend.DROP_NEAR_DUPLICATES,
        )  # fmt: skip


def _contradictions(selection: Selection, shape: Shape) -> Iterable[Finding]:
    if shape not in (Shape.INSTRUCTION, Shape.CHAT):
        return
    if groups := contradictions(selection):
        rows = selection.kept.rows
        count = sum(map(len, groups))
        yield Finding(
            "contradictions", "warning", f"{counted(count)} whose question is answered differently in another",
            "A model cannot learn two answers to one question. Check which is right: the fix drops all of them.",
            count, some(rows[np.concatenate(groups)]),
            [(int(rows[one]), int(rows[other]), 1.0) for one, other, *_ in groups[:PAIRS_NAMED]],
            Mend.DROP_CONTRADICTIONS,
        )  # fmt: skip


def _leaks(selection: Selection, leaks: Leaks) -> Iterable[Finding]:
    offending = leaks.offending
    if not len(offending):
        return
    rows = selection.kept.rows
    involved = np.unique(np.array([*offending, *(index for pair in leaks.pairs for index in pair[:2])]))
    named = ", ".join(f"{name} ({len(found):,})" for name, found in leaks.elsewhere.items())
    severity, title = "error", f"{counted(len(offending))} recurring in the validation or test split"
    why = "Data leakage: a model that has seen the test questions in training scores too high."
    if not leaks.pairs:
        severity, title = "warning", f"{counted(len(offending))} recurring in the evaluation set of another dataset"
        why = f"Scores there will be too high; those on this dataset's test split are not affected. Found in: {named}."
    elif leaks.only_as_allowed:
        severity, title = "warning", f"{counted(len(offending))} nearly the same as one in the validation or test split"
        why = "Expected here, as facts recur in several wordings: scores show how well they are recalled."
    if leaks.pairs and named:
        why += f" Evaluation sets of other datasets affected: {named}."
    yield Finding(
        "leakage", severity, title, why,
        len(offending), some(rows[involved]), most_alike(leaks.pairs, rows), Mend.DROP_LEAKS,
    )  # fmt: skip
