"""Sifts the examples that passed the screen: duplicates, what is to be mended, splits, and leaks between them."""

import numpy as np

from core.data.overlap.checking import Leaks, find_leaks, open_others
from core.data.overlap.selection import Selection, Step, assign_splits, contradictions, exact_copies, near_copies
from core.data.report.measuring import look_at, measure_tokens
from core.data.screening.kept import Kept
from core.data.screening.planning import Planned
from core.examples.drops import Drop
from core.specs import Mend, PrepareSpec

_NEAR_ROWS = 200_000
"""Up to so many examples near duplicates are looked for unasked."""


def select(kept: Kept, planned: Planned, step: Step) -> tuple[Selection, Leaks]:
    """Which examples stay and where, and what leaks between the splits all the same."""
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
    _mend(selection, spec)
    step(0, 1, "splitting and writing")
    assign_splits(selection, spec, planned.strata)
    others, notes = open_others(spec)
    selection.notes += notes
    leaks = find_leaks(selection, spec, others)
    if Mend.DROP_LEAKS in spec.mends:
        selection.drop(leaks.offending, Drop.LEAKING)
        leaks = find_leaks(selection, spec, others)
    return selection, leaks


def _mend(selection: Selection, spec: PrepareSpec) -> None:
    """Leave out what the person does not want, but for leaks: those depend on the splits."""
    mends = set(spec.mends)
    if Mend.DROP_CONTRADICTIONS in mends:
        selection.drop(np.concatenate([np.empty(0, np.int64), *contradictions(selection)]), Drop.CONTRADICTING)
    if mends & {Mend.DROP_REFUSALS, Mend.DROP_TRUNCATED}:
        found = look_at(selection, selection.indices)
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
