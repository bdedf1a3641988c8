"""The rules that an example must meet, with their edge cases."""

import pytest

from core.data.screening.validation import form_problem, length_problem
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
