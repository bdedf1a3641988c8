"""Filters the examples that passed screening: duplicates, unwanted examples, then splits and leaks between them."""

import numpy as np

from core.data.overlap.deduplication import contradictions, exact_copies, near_copies
from core.data.overlap.held_out import open_held_out
from core.data.overlap.leakage import Leaks, find_leaks
from core.data.overlap.selection import Selection, Step
from core.data.report.quality import check_quality
from core.data.report.token_lengths import measure_tokens
from core.data.screening.kept import Kept
from core.data.screening.plan import Planned
from core.data.splitting.assigning import assign_splits
from core.examples.drops import Drop
from core.specs import Mend, PrepareSpec

_NEAR_ROWS = 200_000
"""Up to this many examples, near duplicates are searched for even if none are to be dropped."""


def filter_and_split(kept: Kept, planned: Planned, step: Step) -> tuple[Selection, Leaks]:
    """The examples that remain, each with its split, and the leaks that are left between the splits."""
    spec, selection = planned.spec, Selection(kept)
    copies = exact_copies(selection)
    if spec.dedupe != "off" or Mend.DROP_EXACT_DUPLICATES in spec.mends:
        selection.drop(copies, Drop.DUPLICATE)
    else:
        selection.copies = copies
    drop_near = spec.dedupe == "near" or Mend.DROP_NEAR_DUPLICATES in spec.mends
    if drop_near or len(selection.indices) <= _NEAR_ROWS:
        selection.find_near(spec.near_threshold, step)
    if drop_near:
        selection.drop(near_copies(selection), Drop.NEAR_DUPLICATE)
    _drop_unwanted(selection, spec)
    step(0, 1, "splitting and writing")
    assign_splits(selection, spec, planned.strata)
    others, notes = open_held_out(spec)
    selection.notes += notes
    leaks = find_leaks(selection, spec, others)
    if Mend.DROP_LEAKS in spec.mends:
        selection.drop(leaks.offending, Drop.LEAKING)
        leaks = find_leaks(selection, spec, others)
    return selection, leaks


def _drop_unwanted(selection: Selection, spec: PrepareSpec) -> None:
    """Drop what the mends name, except leaks, which depend on the splits."""
    mends = set(spec.mends)
    if Mend.DROP_CONTRADICTIONS in mends:
        selection.drop(np.concatenate([np.empty(0, np.int64), *contradictions(selection)]), Drop.CONTRADICTING)
    if mends & {Mend.DROP_REFUSALS, Mend.DROP_TRUNCATED}:
        found = check_quality(selection, selection.indices)
        if Mend.DROP_REFUSALS in mends:
            selection.drop(np.array(found.refused, np.int64), Drop.REFUSAL)
        if Mend.DROP_TRUNCATED in mends:
            truncated = np.array(found.truncated, np.int64)
            selection.drop(truncated[selection.alive[truncated]], Drop.TRUNCATED)
    if spec.max_tokens or mends & {Mend.DROP_TOO_LONG, Mend.DROP_MASKED}:
        tokens = measure_tokens(selection, spec, selection.indices)
        if Mend.DROP_MASKED in mends:
            selection.drop(tokens.masked, Drop.NOTHING_TO_LEARN)
        if spec.max_tokens or Mend.DROP_TOO_LONG in mends:
            selection.drop(tokens.too_long[selection.alive[tokens.too_long]], Drop.TOO_MANY_TOKENS)
