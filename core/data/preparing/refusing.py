"""Refuses a dataset that exists, is empty, or would silently lose what was written by hand."""

from core.data.screening.plan import Planned
from core.data.screening.screened import Screened
from core.data.screening.tally import Tally
from core.errors import ConflictError, InputError
from core.examples.drops import REMEDIES, Drop
from core.specs import PrepareSpec, Spec
from core.specs.names import dataset_folder


def refuse_taken(spec: Spec) -> None:
    """Raises ConflictError if the dataset of `spec` already exists."""
    final = dataset_folder(spec)
    if final.exists():
        raise ConflictError(f"{final} already exists.", "Choose another name or output folder, or delete it first.")


def refuse_bad_edits(done: Screened, planned: Planned) -> None:
    """Raises InputError when a row that was written by hand would be dropped."""
    for row, reason in done.drops:
        if planned.revision and row in planned.revision.touched:
            raise InputError(f"Row {row} cannot be kept as it was written: {reason}.", "Change the row, or drop it.")


def refuse_too_few(tally: Tally, kept: int, spec: PrepareSpec) -> None:
    """Raises InputError, with the reasons counted, when no row was kept, or fewer samples than asked for."""
    if not tally.read:
        raise InputError("There is a header, but no rows below it.", "Add a row for each example.")
    if not kept:
        reasons = "; ".join(_reason(tally, reason, count) for reason, count in tally.drop_counts().items())
        remedy = next((REMEDIES[reason] for reason in map(Drop, tally.drop_counts()) if reason in REMEDIES), "")
        raise InputError(f"No row can be used, of {tally.read} read: {reasons}.", remedy)
    if spec.source == "sample" and spec.exclude_dataset and kept < spec.num_samples:
        raise InputError(
            f"Only {kept} samples of {spec.domain} ask questions that are not in the excluded training split.",
            f"Ask for {kept} or fewer.",
        )


def _reason(tally: Tally, reason: str, count: int) -> str:
    rows = tally.rows_dropped(Drop(reason))[:5]
    more = ", …" if count > len(rows) else ""
    return f"{reason} in {count} (row{'s' if count > 1 else ''} {', '.join(map(str, rows))}{more})"
