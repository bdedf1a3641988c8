"""Matches between training and held-out examples are found, and dropping them leaves none."""

import random
import zlib

import numpy as np
import pytest

from core.data.overlap.matching import Fingerprints, matches, matches_between_splits, worth_comparing
from core.data.overlap.minhash import sketches
from core.data.overlap.near import near_pairs

TRAIN, VALIDATION, TEST = 0, 1, 2


def a_text(draw: random.Random, words: int = 50) -> str:
    return " ".join("".join(draw.choices("abcdefghi", k=6)) for _ in range(words))


def nearly(text: str) -> str:
    return text.replace(text.split()[7], "otherwise")


def prints(examples: list[tuple[str, str]], sketched: bool = True) -> Fingerprints:
    """The fingerprints of (question, answer) pairs."""
    texts = [" ".join(example) for example in examples]

    def digests(values):
        return np.array([zlib.crc32(value.encode()) for value in values], np.uint64)

    return Fingerprints(
        digests(texts),
        digests(question for question, _ in examples),
        sketches(texts) if sketched else None,
        lambda which: [texts[index] for index in which],
    )


@pytest.fixture
def examples() -> list[tuple[str, str]]:
    draw = random.Random(9)
    return [(a_text(draw, 8), a_text(draw)) for _ in range(60)]


def without(examples: list, splits: np.ndarray, indices) -> tuple[list, np.ndarray]:
    left = [index for index in range(len(examples)) if index not in set(indices)]
    return [examples[index] for index in left], splits[left]


def test_planted_leaks_are_found_and_gone_without_the_first_of_each_pair(examples):
    splits = np.repeat([TRAIN, VALIDATION, TEST], [40, 10, 10])
    assert matches_between_splits(prints(examples), splits) == []
    examples[45] = examples[3]
    examples[52] = examples[4][0], examples[52][1]
    examples[55] = examples[5][0] + "?", nearly(examples[5][1])
    examples[57] = examples[47]
    leaks = matches_between_splits(prints(examples), splits)
    assert sorted(pair[:2] for pair in leaks) == [(3, 45), (4, 52), (5, 55), (47, 57)]
    similarity = {pair[:2]: pair[2] for pair in leaks}
    assert 0.6 <= similarity.pop((5, 55)) < 1 and set(similarity.values()) == {1.0}
    left = without(examples, splits, [pair[0] for pair in leaks])
    assert len(left[0]) == 56 and matches_between_splits(prints(left[0]), left[1]) == []


def test_without_sketches_only_exact_matches_are_found(examples):
    examples[59] = examples[0]
    examples[58] = examples[1][0], nearly(examples[1][1])
    examples[57] = examples[2][0] + "?", nearly(examples[2][1])
    splits = np.repeat([TRAIN, TEST], [50, 10])
    assert matches_between_splits(prints(examples, sketched=False), splits) == [(0, 59, 1.0), (1, 58, 1.0)]


def test_every_example_with_a_match_is_named_on_both_sides(examples):
    crowd = [(question, nearly(answer)) for question, answer in [examples[0]] * 5]
    seen, checks = prints(examples[:20] + crowd), prints(examples[40:] + [examples[0]] * 3)
    leaks = matches(seen, checks)
    assert {pair[0] for pair in leaks} == {0, 20, 21, 22, 23, 24}
    assert {pair[1] for pair in leaks} == {20, 21, 22}


def test_dropping_matches_from_many_variants_on_both_sides_leaves_none():
    draw = random.Random(11)
    base = a_text(draw, 80).split()

    def variant() -> tuple[str, str]:
        words = list(base)
        for place in draw.sample(range(80), 2):
            words[place] = a_text(draw, 1)
        return a_text(draw, 8), " ".join(words)

    examples = [variant() for _ in range(400)]
    splits = np.array([draw.choice([TRAIN, TRAIN, TRAIN, TEST]) for _ in examples])
    leaks = matches_between_splits(prints(examples), splits)
    assert len({pair[0] for pair in leaks}) > 50
    left = without(examples, splits, [pair[0] for pair in leaks])
    assert matches_between_splits(prints(left[0]), left[1]) == []


def test_nothing_to_compare_with(examples):
    assert matches(prints(examples[:5]), prints([])) == [] == matches(prints([]), prints(examples[:5]))


def test_only_possible_matches_are_compared(examples):
    seen = examples[:40]
    seen[3], seen[4] = examples[50], (examples[51][0], seen[4][1])
    seen[5] = examples[52][0] + "?", nearly(examples[52][1])
    checks = [prints(examples[40:50]), prints(examples[50:])]
    assert worth_comparing(prints(seen), checks).tolist() == [3, 4, 5]
    exact = [prints(examples[40:50], sketched=False), prints(examples[50:], sketched=False)]
    assert worth_comparing(prints(seen, sketched=False), exact).tolist() == [3, 4]


@pytest.mark.parametrize("threshold", [0.4, 0.6])
def test_every_near_pair_is_worth_comparing(threshold):
    draw = random.Random(5)
    base = [a_text(draw, 60).split() for _ in range(40)]
    changed = [" ".join("x" + word if draw.random() < 0.01 * n else word for word in base[n]) for n in range(40)]
    seen, checks = prints([("", " ".join(words)) for words in base]), prints([("", text) for text in changed])
    near = {one for one, _, _ in matches(seen, checks, threshold)}
    both = np.concatenate([seen.sketches, checks.sketches])

    def text_of(which):
        return [(seen if index < 40 else checks).text_of([index % 40])[0] for index in which]

    found = {one for one, _, _ in near_pairs(both, text_of, threshold, np.arange(80) < 40)}
    assert found <= near and 5 < len(found) < 40
