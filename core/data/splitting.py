"""Divides examples into train, validation and test, the same way for the same seed."""

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


def split_indices(groups: np.ndarray, ratios: dict[str, float], seed: int) -> dict[str, np.ndarray]:
    """The shuffled indices of each split's examples.

    `groups` has one number an example; examples of the same number always stand in the same split, so a split may miss
    its size by the size of a group. Raises InputError when there are fewer groups than splits.
    """
    _, group_of, group_sizes = np.unique(groups, return_inverse=True, return_counts=True)
    split_sizes(len(group_sizes), ratios)
    room = split_sizes(len(groups), ratios)
    random = np.random.default_rng(seed)
    order = random.permutation(len(group_sizes))
    names = list(room)
    home = np.full(len(group_sizes), -1)
    for group in order[np.argsort(-group_sizes[order], kind="stable")]:
        if group_sizes[group] == 1:
            break
        roomiest = max(names, key=room.get)
        home[group] = names.index(roomiest)
        room[roomiest] -= group_sizes[group]
    singles = order[group_sizes[order] == 1]
    home[singles] = _fill(np.array([room[name] for name in names]), len(singles))
    _leave_none_empty(home, group_sizes, len(names))
    shuffled = random.permutation(len(groups))
    split_of = home[group_of][shuffled]
    return {name: shuffled[split_of == index] for index, name in enumerate(names)}


def _fill(room: np.ndarray, count: int) -> np.ndarray:
    """The split of each of `count` single examples: what is over a split's size is taken from the roomiest."""
    room = room.copy()
    while (room < 0).any():
        room[room.argmax()] += room[room.argmin()]
        room[room.argmin()] = 0
    return np.repeat(np.arange(len(room)), room)[:count]


def _leave_none_empty(home: np.ndarray, group_sizes: np.ndarray, splits: int) -> None:
    """Large groups may have filled a split before another got any: give that one the smallest group to be had."""
    for split in range(splits):
        if not (home == split).any():
            fullest = np.bincount(home, minlength=splits).argmax()
            mine = np.flatnonzero(home == fullest)
            home[mine[group_sizes[mine].argmin()]] = split
