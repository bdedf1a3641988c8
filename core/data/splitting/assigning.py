"""Gives each example its split: the one it names, or one by ratio that keeps related examples together."""

import numpy as np

from core.data.overlap.clusters import clusters, merged
from core.data.overlap.selection import Selection
from core.data.screening.plan import NO_SPLIT
from core.data.splitting.grouped import split_of
from core.data.splitting.seeded_order import shuffled
from core.errors import InputError
from core.specs import PrepareSpec, Split

_FEW_ROWS, _TOLERANCE = 20, 0.05
"""Above this many rows, the report mentions a split that misses its ratio by more than this."""


def assign_splits(selection: Selection, spec: PrepareSpec, strata: str | None) -> None:
    """Set the split of every remaining example.

    `strata` names the column to stratify by. Raises InputError where the examples cannot be split.
    """
    if spec.split_by == "given":
        _keep_given(selection)
        return
    kept, mine = selection.kept, selection.indices
    ratios = dict(zip(map(str, Split), (spec.train_ratio, spec.val_ratio, spec.test_ratio), strict=True))
    shares = kept.codes(strata)[0][mine] if strata else None
    for by_document in (True, False) if spec.keep_together and "source" in kept.columns else (False,):
        groups = _groups(selection, spec, by_document)
        if groups.max() + 1 < sum(ratio > 0 for ratio in ratios.values()):
            if by_document:
                continue
            selection.near_parted = True
            groups = _groups(selection, spec, by_document)
        selection.splits[mine] = split_of(kept.digests[mine], groups, ratios, spec.seed, shares)
        if _met(selection, ratios):
            break
    else:
        selection.notes.append("some groups that must stay together are too large for the splits to meet their ratios")
    if selection.near_parted and selection.pairs:
        selection.notes.append("nearly all examples are near duplicates of one another, so they are in several splits")
    if spec.keep_together and "source" in kept.columns and not by_document:
        selection.notes.append("rows of one document are in several splits: there are too few documents, or too large")


def _keep_given(selection: Selection) -> None:
    mine = selection.indices
    given = selection.kept.splits[mine]
    if (given == NO_SPLIT).all():
        raise InputError(
            "No row names its split.",
            "Give a column called split with train, validation or test, or split by ratio.",
        )
    if lost := int((given == NO_SPLIT).sum()):
        selection.notes.append(f"{lost:,} rows name no split and were put into train")
    selection.splits[mine] = np.where(given == NO_SPLIT, 0, given)


def _met(selection: Selection, ratios: dict[str, float]) -> bool:
    """Whether the splits are about as large as asked for. With few rows they cannot be."""
    splits = selection.splits[selection.alive]
    sizes = np.bincount(splits, minlength=len(ratios)) / len(splits)
    return len(splits) <= _FEW_ROWS or np.abs(sizes - list(ratios.values())).max() <= _TOLERANCE


def _groups(selection: Selection, spec: PrepareSpec, by_document: bool) -> np.ndarray:
    """A group number for each remaining example; a group must stay in one split."""
    kept, mine = selection.kept, selection.indices
    labelings = [np.unique(kept.questions[mine], return_inverse=True)[1]]
    if spec.keep_together and selection.pairs and not selection.near_parted:
        labelings.append(clusters(len(kept), selection.pairs)[mine])
    if by_document:
        codes, names = kept.codes("source")
        nowhere = names.index("") if "" in names else -1
        own = np.where(codes == nowhere, len(names) + np.arange(len(codes)), codes)
        labelings.append(own[mine])
    return merged(labelings)


def ordered_splits(selection: Selection, seed: int) -> dict[str, np.ndarray]:
    """The examples of each non-empty split, shuffled by their texts and the seed, independent of the file's order."""
    splits = {str(split): _in_order(selection, code, seed) for code, split in enumerate(Split)}
    return {name: indices for name, indices in splits.items() if len(indices)}


def _in_order(selection: Selection, split: int, seed: int) -> np.ndarray:
    mine = np.flatnonzero(selection.alive & (selection.splits == split))
    mine = mine[np.argsort(selection.kept.labels[mine], kind="stable")]
    return mine[shuffled(selection.kept.digests[mine], seed)]
