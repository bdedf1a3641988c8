"""What may stay and what may not, with the edges of every rule."""

import pytest

from core.data.screening.validation import (
    count_words,
    digest_of,
    form_problem,
    length_problem,
    plain,
    questions,
    words_of_each,
)
from core.examples.drops import Drop


@pytest.mark.parametrize("words, problem", [(9, Drop.TOO_SHORT), (10, None), (2048, None), (2049, Drop.TOO_LONG)])
def test_length(words, problem):
    assert length_problem(words, 10, 2048) == problem


@pytest.mark.parametrize(
    "question, answer, problem",
    [
        ("", "It is this.", Drop.NO_INSTRUCTION),
        ("What is it?", "NaN", Drop.NO_OUTPUT),
        ("What is it?", "None", None),
        ("?!", "It is this.", Drop.NO_WORDS),
        ("What is it?", "...", Drop.NO_WORDS),
        ("Same thing", "same THING", Drop.REPEATED),
        ("Same thing", "same thing, but answered", None),
        ("什么?", "这个。", None),
        (None, "A text that answers nothing.", None),
        (None, " ", Drop.NO_OUTPUT),
    ],
)
def test_form(question, answer, problem):
    assert form_problem(question, answer) == problem


def test_words_of_many_texts_are_those_of_each():
    texts = ["a b", "", "  x  y ", "naïve café", "糖尿病 is 病", "a\u00a0b c", "one\x1f\x1ftwo", " ", "“x”", "\ud800 y"]
    counted = words_of_each([text.encode("utf-8", "surrogatepass") for text in texts]).tolist()
    assert counted == [count_words(text) for text in texts] == [2, 0, 2, 2, 5, 3, 2, 0, 1, 2]
    assert words_of_each([]).tolist() == []


def test_words():
    assert count_words("one two \nthree\nfour") == 4
    assert count_words("naïve café") == 2
    assert count_words("糖尿病 is 病") == 5


def test_what_is_the_same_question():
    assert digest_of(plain("WHAT  is it?")) == digest_of(plain("What is it?")) != digest_of(plain("What was it?"))
    assert digest_of("half a pair: \ud800") != digest_of("half a pair: ")
    asked = questions("Answer the patient.\nWhat is  asthma, doctor?", "What is  asthma, doctor?")
    assert asked == {digest_of("answer the patient. what is asthma, doctor?"), digest_of("what is asthma, doctor?")}
    assert questions("Name the illness. COPD", "COPD") == {digest_of("name the illness. copd")}
