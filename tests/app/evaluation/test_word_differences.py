"""Differences tell both texts apart and give both back, in any script, and long texts do not hang."""

import random
import time
from unicodedata import normalize

import pytest

from app.evaluation.word_differences import word_differences
from tests.waiting import soon_enough

TEXTS = [
    "", "one", "The doctor treats it.", "The nurse treats it, with ice!", "  spaced \n\n out\ttext ",
    "谁治疗扭伤的脚踝？医生。", "护士治疗扭伤的手。",
    "टखने की मोच का इलाज", "ข้อเท้าแพลง", "naïve café", "नमस्ते दुनिया",
    "<b>&amp;</b> $x$", "a b c d e f", "f e d c b a", "x " * 200, "和 mixed 文字 words",
]  # fmt: skip


def without(parts, left_out: str) -> str:
    return "".join(part.text for part in parts if part.kind != left_out)


@pytest.mark.parametrize("first", TEXTS)
@pytest.mark.parametrize("second", TEXTS)
def test_the_parts_give_both_texts_back(first, second):
    found = word_differences(first, second)
    assert without(found.parts, "missing").strip() == second.strip()
    assert without(found.parts, "added").split() == first.split() or "".join(
        without(found.parts, "added").split()
    ) == "".join(first.split())
    assert 0 <= found.alike <= 1 and (found.alike == 1) == (first.split() == second.split())


def test_words_not_letters_are_marked():
    parts = word_differences("The doctor treats it.", "The nurse treats it, slowly.").parts
    assert [(part.kind, part.text) for part in parts] == [
        ("kept", "The "), ("missing", "doctor "), ("added", "nurse "), ("kept", "treats it"), ("added", ", slowly"),
        ("kept", "."),
    ]  # fmt: skip


def test_in_chinese_characters_are_marked_and_in_hindi_whole_words():
    parts = word_differences("医生治疗脚踝。", "护士治疗脚踝。").parts
    assert [(part.kind, part.text) for part in parts] == [
        ("missing", "医生"),
        ("added", "护士"),
        ("kept", "治疗脚踝。"),
    ]
    parts = word_differences("टखने की मोच", "टखनों की मोच").parts
    assert [part.text.strip() for part in parts] == ["टखने", "टखनों", "की मोच"]


def test_long_texts_with_hardly_a_word_in_common_are_left_unmarked():
    assert word_differences("spam", "ham").are_readable
    unlike = word_differences(" ".join(f"a{n}" for n in range(50)), " ".join(f"b{n}" for n in range(50)))
    assert not unlike.are_readable and unlike.alike == 0


@pytest.mark.parametrize("vocabulary", [1, 50, 5000])
def test_ten_thousand_words_take_no_time(vocabulary):
    chance = random.Random(vocabulary)
    first, second = (" ".join(f"w{chance.randrange(vocabulary)}" for _ in range(10_000)) for _ in range(2))
    began = time.perf_counter()
    found = word_differences(first, second)
    assert soon_enough(time.perf_counter() - began, 2) and found.compared_all
    longer = word_differences(first, second + " more" * 5)
    assert not longer.compared_all and without(longer.parts, "missing").endswith(" more" * 5)


def test_accents_encoded_otherwise_are_no_difference():
    found = word_differences("un café noir", normalize("NFD", "un café noir"))
    assert {part.kind for part in found.parts} == {"kept"} and found.alike == 1
