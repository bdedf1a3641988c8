"""What may stay and what may not, with the edges of every rule."""

import pytest

from core.data.validation import Drop, count_words, example_digest, form_problem, question_digest, questions


def example(instruction="What is it?", output="It is this.", input_=""):
    return {"instruction": instruction, "input": input_, "output": output}


@pytest.mark.parametrize("words, problem", [(9, Drop.TOO_SHORT), (10, None), (2048, None), (2049, Drop.TOO_LONG)])
def test_length(words, problem):
    assert form_problem(example(), words, 10, 2048) == problem


@pytest.mark.parametrize(
    "row, problem",
    [
        (example(instruction=""), Drop.NO_INSTRUCTION),
        (example(output="NaN"), Drop.NO_OUTPUT),
        (example(output="None"), None),
        (example(instruction="?!"), Drop.NO_WORDS),
        (example(instruction="Same thing", output="same THING"), Drop.REPEATED),
        (example(instruction="什么?", output="这个。"), None),
    ],
)
def test_form(row, problem):
    assert form_problem(row, 20, 10, 2048) == problem


def test_words():
    assert count_words("one two", "", "three\nfour") == 4
    assert count_words("naïve café") == 2
    assert count_words("糖尿病 is 病") == 5


def test_what_is_the_same_question():
    assert example_digest(example()) != example_digest(example(output="Other."))
    assert example_digest(example("a", "b", "c")) != example_digest(example("ab", "", "c"))
    assert question_digest(example()) == question_digest(example(instruction="WHAT  is it?", output="Other."))
    assert question_digest(example()) != question_digest(example(input_="context"))
    assert "what is asthma, doctor?" in questions(example("Answer the patient.", input_="What is  asthma, doctor?"))
    assert questions(example("Name the illness.", input_="COPD")) == {"name the illness. copd"}
