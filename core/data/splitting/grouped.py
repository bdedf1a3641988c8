"""Splits examples into train, validation and test by ratio: grouped, stratified and reproducible.

Random choices come from a hash of the seed and the example's digest, never from its place in the file. The same rows,
seed and ratios give the same splits in any order.
"""

import numpy as np

from core.data.splitting.seeded_order import hashed
from core.data.splitting.sizes import split_sizes
from core.errors import InputError


def split_of(
    digests: np.ndarray, groups: np.ndarray, ratios: dict[str, float], seed: int, strata: np.ndarray | None = None
) -> np.ndarray:
    """The split of each example, as its index in `ratios`: int8 [n].

    `digests` are 64-bit integers [n] that identify the texts. Examples with the same number in `groups` stay together,
    so a split may miss its size by up to a group. Each value in `strata` is spread over the splits by the ratios; a
    group counts with the stratum of the member with the smallest hash. Raises InputError when there are fewer groups
    than splits.
    """
    units, unit_of = _Units.of(digests, groups, seed, strata)
    _check_enough(len(groups), len(units.sizes), ratios)
    room = split_sizes(len(groups), ratios)
    names = [name for name in ratios if name in room]
    room = np.array([room[name] for name in names])
    need = np.bincount(units.strata, units.sizes)[:, None] * (room / room.sum())
    home = np.full(len(units.sizes), -1)
    _place_groups(home, units, room, need)
    _place_singles(home, units, room, need)
    _leave_none_empty(home, units.sizes, len(names))
    return np.array([list(ratios).index(name) for name in names], np.int8)[home][unit_of]


def _check_enough(examples: int, units: int, ratios: dict[str, float]) -> None:
    wanted = [name for name, ratio in ratios.items() if ratio > 0]
    if units < len(wanted) <= examples:
        raise InputError(
            f"{examples:,} examples ask only {units} question{'s' * (units > 1)}, and all answers to one question go "
            f"into one split: {', '.join(wanted)} need at least one question each, so at least {len(wanted)}.",
            "Add other questions, or set the ratio of the splits you do not need to 0.",
        )


class _Units:
    """Groups and single examples in random order: how many examples each has, and its stratum."""

    def __init__(self, sizes: np.ndarray, strata: np.ndarray):
        self.sizes = sizes
        self.strata = strata

    @classmethod
    def of(cls, digests: np.ndarray, groups: np.ndarray, seed: int, strata: np.ndarray | None):
        """The units, and the index of each example's unit."""
        shuffle = np.argsort(hashed(digests, seed), kind="stable")
        _, first, unit_of, sizes = np.unique(
            groups[shuffle], return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        stratum = np.zeros(len(order), np.int64) if strata is None else strata[shuffle][first[order]]
        _, begins, stratum = np.unique(stratum, return_index=True, return_inverse=True)
        stratum = np.argsort(np.argsort(begins))[stratum]
        of_example = np.empty(len(groups), np.int64)
        of_example[shuffle] = rank[unit_of]
        return cls(sizes[order], stratum), of_example


def _place_groups(home: np.ndarray, units: _Units, room: np.ndarray, need: np.ndarray) -> None:
    """Place the units with more than one example, large ones first, where they fit and their stratum is needed most.

    A unit that fits nowhere goes where most room is left. Subtracts what it places from `room` and `need`.
    """
    many = np.flatnonzero(units.sizes > 1)
    magnitude = np.log2(units.sizes[many]).astype(int)
    left, needs = room.tolist(), need.tolist()
    share = (room / room.sum()).tolist()
    splits = range(len(left))
    for unit in many[np.argsort(-magnitude, kind="stable")].tolist():
        size, wanted = int(units.sizes[unit]), needs[units.strata[unit]]
        fits = [split for split in splits if left[split] >= size]
        if fits:
            split = max(fits, key=lambda split: wanted[split] / share[split])
        else:
            split = max(splits, key=left.__getitem__)
        home[unit] = split
        left[split] -= size
        wanted[split] -= size
    room[:], need[:] = left, needs


def _place_singles(home: np.ndarray, units: _Units, room: np.ndarray, need: np.ndarray) -> None:
    """Fill the splits with single examples, taking from each stratum what the split still needs."""
    singles = np.flatnonzero(units.sizes == 1)
    strata = units.strata[singles]
    by_stratum = np.argsort(strata, kind="stable")
    singles, strata = singles[by_stratum], strata[by_stratum]
    room = _within(room)
    need = np.maximum(need, 1e-9)
    free = np.arange(len(singles))
    left = [split for split in room.argsort(kind="stable") if room[split]]
    splits = np.full(len(singles), left[-1] if left else 0)
    for place, split in enumerate(left[:-1]):
        weight = need[:, split] / need[:, left[place:]].sum(axis=1)
        chosen = _evenly(weight[strata[free]], room[split])
        splits[free[chosen]] = split
        free = np.delete(free, chosen)
    home[singles] = splits[np.lexsort((splits, strata))]


def _within(room: np.ndarray) -> np.ndarray:
    """The room of each split, none below 0: an overfull split takes room from the emptiest one."""
    room = room.copy()
    while (room < 0).any():
        room[room.argmax()] += room[room.argmin()]
        room[room.argmin()] = 0
    return room


def _evenly(weights: np.ndarray, count: int) -> np.ndarray:
    """`count` distinct indices, ascending and spread in proportion to the weights."""
    sums = np.cumsum(weights)
    places = np.searchsorted(sums, (np.arange(count) + 0.5) * (sums[-1] / count))
    distinct = np.maximum.accumulate(places - np.arange(count)) + np.arange(count)
    return np.minimum(distinct, len(weights) - count + np.arange(count))


def _leave_none_empty(home: np.ndarray, group_sizes: np.ndarray, splits: int) -> None:
    """Give an empty split the smallest group that another can spare: large groups may have filled everything else."""
    for split in range(splits):
        if not (home == split).any():
            groups = np.bincount(home, minlength=splits)[home]
            to_spare = np.flatnonzero(groups > 1)
            smallest = np.lexsort((-groups[to_spare], group_sizes[to_spare]))[0]
            home[to_spare[smallest]] = split
