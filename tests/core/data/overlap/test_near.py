"""Near duplicates are found in any order, and every reported pair is one."""

import random
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.overlap import minhash, shingles
from core.data.overlap.clusters import clusters
from core.data.overlap.minhash import sketches
from core.data.overlap.near import near_pairs

WORDS = ["".join(random.Random(number).choices("aeioubdglmnrst", k=2 + number % 8)) for number in range(2_000)]


def a_text(draw: random.Random, words: int) -> list[str]:
    return draw.choices(WORDS, k=words)


def changed(draw: random.Random, words: list[str], share: float) -> list[str]:
    words = list(words)
    for place in draw.sample(range(len(words)), max(1, round(len(words) * share))):
        words[place] = draw.choice(WORDS)
    return words


def shingle_set(text: str) -> set[tuple[str, ...]]:
    lower = "".join(character.lower()[0] for character in text)  # İ has two characters in lower case
    words = re.findall(r"\w+", lower)
    return {tuple(words[start : start + 3]) for start in range(max(1, len(words) - 2))}


def jaccard(one: str, other: str) -> float:
    one, other = shingle_set(one), shingle_set(other)
    return len(one & other) / len(one | other)


def find(texts: list[str], threshold: float = 0.6, sides=None) -> list[tuple[int, int, float]]:
    return near_pairs(sketches(texts), lambda which: [texts[index] for index in which], threshold, sides)


@pytest.fixture(scope="module")
def planted():
    """Texts of 40 to 200 words, each with a copy in which 5 % of the words differ, in random order."""
    draw = random.Random(5)
    texts = [a_text(draw, draw.randrange(40, 200)) for _ in range(400)]
    texts += [changed(draw, words, 0.05) for words in texts]
    order = draw.sample(range(800), 800)
    place = {number: index for index, number in enumerate(order)}
    pairs = {tuple(sorted((place[number], place[number + 400]))) for number in range(400)}
    return [" ".join(texts[number]) for number in order], pairs


def test_planted_pairs_are_found_with_their_exact_similarity(planted):
    texts, pairs = planted
    found = find(texts)
    assert len({(one, other) for one, other, _ in found} & pairs) >= 0.97 * len(pairs)
    for one, other, similarity in found:
        assert similarity == pytest.approx(jaccard(texts[one], texts[other])) and similarity >= 0.6


def test_the_order_of_the_texts_does_not_matter(planted):
    texts, _ = planted
    order = np.random.default_rng(3).permutation(len(texts))
    found = {frozenset((texts[one], texts[other])) for one, other, _ in find(texts)}
    mixed = [texts[index] for index in order]
    assert {frozenset((mixed[one], mixed[other])) for one, other, _ in find(mixed)} == found


def test_all_exact_copies_are_found_however_many():
    draw = random.Random(1)
    once = [" ".join(a_text(draw, 50)) for _ in range(50)]
    texts = once + ["Yes."] * 3_000 + once + [""] * 4 + ["yes"]
    cluster = clusters(len(texts), find(texts))
    assert cluster.tolist() == [*range(50), *[50] * 3_000, *range(50), *[3_100] * 4, 50]


def test_many_variants_form_one_cluster_without_naming_every_pair():
    draw = random.Random(2)
    base = a_text(draw, 100)
    texts = [" ".join(changed(draw, base, 0.02)) for _ in range(1_000)]
    found = find(texts)
    assert set(clusters(1_000, found)) == {0} and len(found) < 50_000


@pytest.mark.parametrize("threshold, share", [(0.3, 0.15), (0.8, 0.01), (1.0, 0.0)])
def test_other_thresholds(threshold, share):
    draw = random.Random(4)
    texts = [a_text(draw, 150) for _ in range(60)]
    texts = [" ".join(words) for words in texts + [changed(draw, words, share) if share else words for words in texts]]
    near_ones = {
        (number, number + 60) for number in range(60) if jaccard(texts[number], texts[number + 60]) >= threshold
    }
    found = {(one, other) for one, other, _ in find(texts, threshold)}
    assert found <= near_ones and len(found) >= 0.85 * len(near_ones) > 0


def test_with_two_sides_only_pairs_across_them_are_named():
    draw = random.Random(6)
    base = [a_text(draw, 60) for _ in range(30)]
    texts = [" ".join(changed(draw, words, 0.02)) for words in base for _ in range(6)] + ["alone on its side"] * 2
    sides = np.array([copy == 0 for _ in base for copy in range(6)] + [False, False])
    found = find(texts, sides=sides)
    assert all(sides[one] != sides[other] for one, other, _ in found)
    assert {index for pair in found for index in pair[:2]} == set(range(180))


def test_short_texts_and_empty_input():
    assert find([]) == [] == find(["one"])
    assert find(["Hi", "hi!", "hi you", "", "...", "A b c", "a, B c?"]) == [(0, 1, 1.0), (3, 4, 1.0), (5, 6, 1.0)]


def test_characters_of_scripts_without_spaces_are_words():
    text = "今天天气很好，我们去公园散步，然后一起吃晚饭，最后看了一场电影。"
    assert [pair[:2] for pair in find([text, text.replace("公园", "海边"), "明天可能会下雨，请带伞出门。"])] == [(0, 1)]


def test_a_sketch_does_not_depend_on_its_batch(monkeypatch):
    draw = random.Random(8)
    texts = [
        " ".join(a_text(draw, draw.choice([0, 1, 2, 3, 30, 900]))) + draw.choice(["", "é 😀", "東京"])
        for _ in range(80)
    ]
    together = sketches(texts)
    assert (together == np.concatenate([sketches([text]) for text in texts])).all()
    monkeypatch.setattr(shingles, "_CHARACTERS_AT_ONCE", 700)
    monkeypatch.setattr(minhash, "_SHINGLES_AT_ONCE", 50)
    assert (together == sketches(texts)).all()


def test_a_sketch_is_the_same_on_every_machine():
    first = sketches(["The quick brown fox jumps over the lazy dog."])
    assert first.dtype == np.uint16 and first[0, :4].tolist() == [32089, 1003, 45479, 21792]


LATIN = st.text(alphabet=st.characters(max_codepoint=0x6FF), max_size=80)


@given(st.lists(LATIN, min_size=2, max_size=6))
@example(["a b c", "A_b  c!", "\n\n", "\x00", "İ ı ß"])
@settings(max_examples=100, deadline=None)
def test_words_match_the_regular_expression(texts):
    hashes, starts = shingles.shingles_of(texts)
    sets = [set(mine.tolist()) for mine in np.split(hashes, starts[1:])]
    for one, text in zip(sets, texts, strict=True):
        assert len(one) == len(shingle_set(text))
        for other, with_text in zip(sets, texts, strict=True):
            assert len(one & other) == len(shingle_set(text) & shingle_set(with_text))
