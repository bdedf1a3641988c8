"""Splits have the requested sizes, keep groups together, are never empty, and do not depend on the file's order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.splitting.grouped import split_of
from core.data.splitting.seeded_order import shuffled
from core.data.splitting.sizes import split_sizes
from core.errors import InputError

RATIOS = {"train": 0.8, "validation": 0.1, "test": 0.1}


def digests(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


def sizes_of(splits: np.ndarray) -> list[int]:
    return np.bincount(splits, minlength=len(RATIOS)).tolist()


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
    wanted = dict(zip(RATIOS, ratios, strict=True))
    found = split_sizes(total, wanted)
    assert (tuple(found.values()), sum(found.values())) == (sizes, total)
    splits = split_of(digests(total), np.arange(total), wanted, seed=42)
    assert {name: size for name, size in zip(RATIOS, sizes_of(splits), strict=True) if size} == found


def test_an_empty_split_gets_the_smallest_available_group():
    groups = np.array([0] * 100 + [1] * 100 + list(range(2, 10)))
    assert sorted(sizes_of(split_of(digests(208), groups, RATIOS, seed=42))) in ([1, 7, 200], [2, 6, 200], [3, 5, 200])


@pytest.mark.parametrize("total", [0, 1, 2])
def test_too_few_examples_are_refused(total):
    with pytest.raises(InputError, match="at least 3"):
        split_sizes(total, RATIOS)
    with pytest.raises(InputError, match="at least 3"):
        split_of(digests(40), np.arange(40) % max(1, total), RATIOS, seed=42)


@given(st.integers(3, 400), st.sampled_from([1, 2, 5, 40]), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_groups_stay_together_and_the_order_of_the_file_does_not_matter(total, most_alike, stratified, seed):
    random = np.random.default_rng(seed)
    texts = digests(total, seed)
    groups = random.integers(0, max(3, total // most_alike), total)
    groups[:3] = -1, -2, -3
    strata = random.integers(0, 4, total) if stratified else None
    splits = split_of(texts, groups, RATIOS, 42, strata)
    homes = [set(groups[splits == split]) for split in range(3)]
    assert all(homes) and sum(map(len, homes)) == len(set.union(*homes))
    largest = np.unique(groups, return_counts=True)[1].max()
    wanted = list(split_sizes(total, RATIOS).values())
    assert all(abs(size - aim) <= largest for size, aim in zip(sizes_of(splits), wanted, strict=True))

    order = random.permutation(total)
    renamed = random.permutation(total + 4)
    again = split_of(
        texts[order], renamed[groups[order]], RATIOS, 42, None if strata is None else renamed[strata[order]]
    )
    assert (again == splits[order]).all()
    assert (texts[order][shuffled(texts[order], 42)] == texts[shuffled(texts, 42)]).all()


def test_split_sizes_are_exact_if_there_are_enough_single_examples():
    groups = np.concatenate([np.repeat(np.arange(10), 3), np.arange(100, 170)])
    assert sizes_of(split_of(digests(100), groups, RATIOS, 42)) == [80, 10, 10]


def test_groups_are_not_all_put_into_the_largest_split():
    groups = np.concatenate([np.repeat(np.arange(100), 5), np.arange(100, 600)])
    splits = split_of(digests(1000), groups, RATIOS, 42)
    assert np.bincount(splits[:500:5], minlength=3).min() >= 5


def test_every_stratum_is_spread_by_the_ratios():
    strata = np.repeat(["rare", "some", "most"], [20, 180, 800])
    groups = np.arange(1000)
    groups[400:600] //= 2
    splits = split_of(digests(1000), groups, RATIOS, 42, strata)
    assert sizes_of(splits) == [800, 100, 100]
    for stratum, wanted in {"rare": [16, 2, 2], "some": [144, 18, 18], "most": [640, 80, 80]}.items():
        assert np.abs(np.array(sizes_of(splits[strata == stratum])) - wanted).max() <= 2


def test_the_seed_decides_the_split_and_the_order():
    texts = digests(100)
    one, same, other = (split_of(texts, np.arange(100), RATIOS, seed).tolist() for seed in (42, 42, 43))
    assert one == same != other
    one, same, other = (shuffled(texts, seed).tolist() for seed in (42, 42, 43))
    assert one == same != other and sorted(one) == list(range(100))


def test_a_row_more_moves_few_others():
    texts, groups = digests(1000), np.arange(1000)
    before = split_of(texts[:-1], groups[:-1], RATIOS, 42)
    assert (before != split_of(texts, groups, RATIOS, 42)[:-1]).sum() <= 3
