"""How many examples each split gets."""

from core.errors import InputError


def split_sizes(total: int, ratios: dict[str, float]) -> dict[str, int]:
    """The number of examples in each split with a ratio above 0. They add up to `total`, and none is 0.

    Raises InputError when there are fewer examples than splits.
    """
    wanted = {name: ratio for name, ratio in ratios.items() if ratio > 0}
    if total < len(wanted):
        raise InputError(
            f"{total} {'example is' if total == 1 else 'examples are'} too few to split: "
            f"{', '.join(wanted)} need at least one each, so at least {len(wanted)}.",
            "Add examples, or set the ratio of the splits you do not need to 0.",
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
