"""Divides examples into train, validation and test: the same rows, seed and ratios give the same splits in any order.

What is decided by chance is decided by a hash of the seed and of an example's own digest, never by its place in a file.
"""

import numpy as np

from core.errors import InputError


def split_sizes(total: int, ratios: dict[str, float]) -> dict[str, int]:
    """How many of `total` examples each split gets: rounded so that they add up, none empty whose ratio is above 0.

    Raises InputError when there are fewer examples than splits.
    """
    wanted = {name: ratio for name, ratio in ratios.items() if ratio > 0}
    if total < len(wanted):
        raise InputError(
            f"{total} {'example is' if total == 1 else 'examples are'} too few to split: "
            f"{', '.join(wanted)} need at least one each, so at least {len(wanted)}.",
            "Add examples, or set the ratio of the splits that are not needed to 0.",
        )
    exact = {name: total * ratio for name, ratio in wanted.items()}
    sizes = {name: int(size + 1e-9) for name, size in exact.items()}
    by_remainder = sorted(wanted, key=lambda name: sizes[name] - exact[name])
    for name in by_remainder[: total - sum(sizes.values())]:
        sizes[name] += 1
    for name in sizes:
        if sizes[name] == 0:
            sizes[max(sizes, key=sizes.get)] -= 1
            sizes[name] = 1
    return sizes


def split_of(
    digests: np.ndarray, groups: np.ndarray, ratios: dict[str, float], seed: int, strata: np.ndarray | None = None
) -> np.ndarray:
    """The split of each example, as its number in `ratios`: int8 [n].

    `digests`, 64-bit integers [n], stand for what the examples say. Examples of one number in `groups` stay together,
    so a split may miss its size by the size of a group. Each value in `strata` is spread over the splits by the
    ratios; a group counts with the stratum of its member with the smallest digest. Raises InputError when there are
    fewer groups than splits.
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
            f"{examples:,} examples ask only {units} question{'s' * (units > 1)}, and all answers to one stand in one "
            f"split: {', '.join(wanted)} need at least one each, so at least {len(wanted)}.",
            "Add other questions, or set the ratio of the splits that are not needed to 0.",
        )


def shuffled(digests: np.ndarray, seed: int) -> np.ndarray:
    """The numbers of the examples in an order by chance that is the same for the same examples and seed: int64 [n]."""
    return np.argsort(_scattered(_scattered(digests, seed), seed), kind="stable")


class _Units:
    """What is placed as one, in an order by chance: how many examples each holds, and its stratum."""

    def __init__(self, sizes: np.ndarray, strata: np.ndarray):
        self.sizes = sizes
        self.strata = strata

    @classmethod
    def of(cls, digests: np.ndarray, groups: np.ndarray, seed: int, strata: np.ndarray | None):
        """The units, and the number of each example's unit."""
        chance = _scattered(digests, seed)
        by_chance = np.argsort(chance, kind="stable")
        _, first, unit_of, sizes = np.unique(
            groups[by_chance], return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        stratum = np.zeros(len(order), np.int64) if strata is None else strata[by_chance][first[order]]
        _, begins, stratum = np.unique(stratum, return_index=True, return_inverse=True)
        stratum = np.argsort(np.argsort(begins))[stratum]
        of_example = np.empty(len(groups), np.int64)
        of_example[by_chance] = rank[unit_of]
        return cls(sizes[order], stratum), of_example


def _scattered(digests: np.ndarray, seed: int) -> np.ndarray:
    """A hash of each digest and the seed, uint64 [n] (the finaliser of SplitMix64)."""
    start = np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    value = digests.astype(np.int64).view(np.uint64) + start
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _place_groups(home: np.ndarray, units: _Units, room: np.ndarray, need: np.ndarray) -> None:
    """Place units of more than one example, large ones first, where they fit and their stratum is most in need.

    What fits nowhere goes where most room is left. Takes what it places off `room` and `need`.
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
    """Fill the splits with single examples: as many as there is room for, of each stratum what it still needs."""
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
    """The room of each split where some are too full: what is over is taken from the roomiest."""
    room = room.copy()
    while (room < 0).any():
        room[room.argmax()] += room[room.argmin()]
        room[room.argmin()] = 0
    return room


def _evenly(weights: np.ndarray, count: int) -> np.ndarray:
    """`count` different places among the weights, rising, as many in every stretch as its weights say."""
    sums = np.cumsum(weights)
    places = np.searchsorted(sums, (np.arange(count) + 0.5) * (sums[-1] / count))
    distinct = np.maximum.accumulate(places - np.arange(count)) + np.arange(count)
    return np.minimum(distinct, len(weights) - count + np.arange(count))


def _leave_none_empty(home: np.ndarray, group_sizes: np.ndarray, splits: int) -> None:
    """Large groups may have filled a split before another got any: give that one the smallest group to be had."""
    for split in range(splits):
        if not (home == split).any():
            groups = np.bincount(home, minlength=splits)[home]
            to_spare = np.flatnonzero(groups > 1)
            smallest = np.lexsort((-groups[to_spare], group_sizes[to_spare]))[0]
            home[to_spare[smallest]] = split
