"""Finds what to drop among the examples that remain: copies, near duplicates, contradictions."""

import numpy as np

from core.data.overlap.clusters import clusters
from core.data.overlap.selection import Selection


def exact_copies(selection: Selection) -> np.ndarray:
    """The examples to drop so that no two in one named split have the same texts.

    Of copies that differ in their labels, the one whose labels sort first stays, so that the order of the file does
    not matter.
    """
    kept, mine = selection.kept, selection.indices
    order = mine[np.lexsort((kept.labels[mine], kept.splits[mine], kept.digests[mine]))]
    digests, splits = kept.digests[order], kept.splits[order]
    return np.sort(order[1:][(digests[1:] == digests[:-1]) & (splits[1:] == splits[:-1])])


def near_copies(selection: Selection) -> np.ndarray:
    """All but one example of each cluster of near duplicates within a named split. The smallest digest stays."""
    kept = selection.kept
    pairs = [pair for pair in selection.pairs if kept.splits[pair[0]] == kept.splits[pair[1]]]
    if not pairs:
        return np.empty(0, np.int64)
    cluster = clusters(len(kept), pairs)
    members = np.unique(np.array([pair[:2] for pair in pairs]))
    order = members[np.lexsort((kept.digests[members], cluster[members]))]
    home = cluster[order]
    return np.sort(order[1:][home[1:] == home[:-1]])


def contradictions(selection: Selection) -> list[np.ndarray]:
    """Groups of examples that ask the same question and give different answers."""
    kept, mine = selection.kept, selection.indices
    order = mine[np.argsort(kept.questions[mine], kind="stable")]
    asked = kept.questions[order]
    again = np.r_[False, asked[1:] == asked[:-1]]
    order = order[again | np.r_[again[1:], False]]  # questions that occur more than once
    if not len(order):
        return []
    answers = kept.answers[order]
    ends = np.flatnonzero(np.r_[kept.questions[order][1:] != kept.questions[order][:-1], True]) + 1
    groups = [(order[start:end], answers[start:end]) for start, end in zip(np.r_[0, ends], ends, strict=False)]
    return [group for group, answered in groups if (answered != answered[0]).any()]
