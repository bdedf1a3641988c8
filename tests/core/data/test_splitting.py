"""Splits have the sizes asked for, hold everything once, keep groups together and leave none empty."""

import numpy as np
import pytest

from core.data.splitting import split_indices, split_sizes
from core.errors import InputError

RATIOS = {"train": 0.8, "validation": 0.1, "test": 0.1}


@pytest.mark.parametrize(
    "total, ratios, sizes",
    [
        (100, (0.8, 0.1, 0.1), (80, 10, 10)),
        (101, (0.8, 0.1, 0.1), (81, 10, 10)),
        (3, (0.8, 0.1, 0.1), (1, 1, 1)),
        (4, (0.8, 0.1, 0.1), (2, 1, 1)),
        (10, (0.7, 0.3, 0), (7, 3)),
        (5, (0, 0, 1), (5,)),
        (7, (1 / 3, 1 / 3, 1 / 3), (3, 2, 2)),
        (1000, (0.999, 0.0005, 0.0005), (998, 1, 1)),
    ],
)
def test_sizes(total, ratios, sizes):
    found = split_sizes(total, dict(zip(RATIOS, ratios, strict=True)))
    assert (tuple(found.values()), sum(found.values())) == (sizes, total)


@pytest.mark.parametrize("total", [0, 1, 2])
def test_too_few(total):
    with pytest.raises(InputError, match="at least 3"):
        split_sizes(total, RATIOS)


def test_everything_once_and_groups_together():
    random = np.random.default_rng(1)
    for most_alike in (1, 2, 5, 40):
        for total in (3, 10, 57, 400):
            groups = random.integers(0, max(3, total // most_alike), total)
            groups[:3] = -1, -2, -3
            splits = split_indices(groups, RATIOS, seed=42)
            assert sorted(np.concatenate(list(splits.values()))) == list(range(total))
            homes = [set(groups[rows]) for rows in splits.values()]
            assert all(homes) and sum(map(len, homes)) == len(set.union(*homes))


def test_groups_cost_no_example_of_size_where_singles_can_fill():
    groups = np.concatenate([np.repeat(np.arange(10), 3), np.arange(100, 170)])
    assert {name: len(rows) for name, rows in split_indices(groups, RATIOS, 42).items()} == {
        "train": 80, "validation": 10, "test": 10,
    }  # fmt: skip


def test_the_seed_decides():
    one, same, other = (split_indices(np.arange(100), RATIOS, seed)["test"].tolist() for seed in (42, 42, 43))
    assert one == same != other
