"""The nearest-neighbour baseline: which training answer it finds, and which training examples it may use."""

import json

import pytest

from core.data.store.datasets import SPEC
from core.errors import InputError
from core.evaluation.baseline import nearest_answers, training_examples
from tests.core.training.runs import save_dataset


def example(instruction: str, output: str, input: str = "") -> dict[str, str]:
    return {"instruction": instruction, "input": input, "output": output}


TRAINING = [
    example("What causes gout?", "Uric acid."),
    example("What causes asthma?", "Narrow airways."),
    example("How is asthma treated?", "With inhalers."),
    example("Answer the patient.", "Rest it.", input="My knee is swollen."),
    example("Answer the patient.", "Drink water.", input="My head aches in the heat."),
]


def test_the_answer_of_the_most_similar_question_is_found():
    asked = [
        example("How would one treat asthma, how is it treated?", "?"),
        example("Which thing causes gout in people?", "?"),
        example("Answer the patient.", "?", input="Since noon my head aches."),
    ]
    assert nearest_answers(TRAINING, asked) == ["With inhalers.", "Uric acid.", "Drink water."]


def test_a_question_of_the_training_split_gets_its_own_answer():
    assert nearest_answers(TRAINING, TRAINING) == [known["output"] for known in TRAINING]


def test_of_equally_similar_questions_the_first_is_taken():
    twins = [example("What is measles?", "A virus."), example("What is measles?", "An infection.")]
    asked = [example("What is measles?", "?"), example("Quelque chose d'autre", "?")]
    assert nearest_answers([*twins, *TRAINING], asked) == ["A virus.", "A virus."]
    assert nearest_answers([*TRAINING, *reversed(twins)], asked) == ["An infection.", "Uric acid."]


def test_the_answers_themselves_are_not_looked_at():
    asked = [example("What causes asthma?", "Uric acid. With inhalers.")]
    assert nearest_answers(TRAINING, asked) == ["Narrow airways."]


def test_examples_without_an_input_can_be_looked_up():
    bare = [{"instruction": known["instruction"], "output": known["output"]} for known in TRAINING[:3]]
    assert nearest_answers(bare, bare) == [known["output"] for known in bare]


def test_many_questions_are_answered_in_their_order():
    training = [example(f"What is the meaning of number{number}?", f"It is {number}.") for number in range(300)]
    asked = [training[number % 300] for number in range(599, -1, -1)]
    assert nearest_answers(training, asked) == [known["output"] for known in asked]


def test_answers_are_looked_up_in_the_training_split_only(tmp_path):
    folder = save_dataset(tmp_path / "mixed_dataset", train=TRAINING[:2], test=TRAINING[2:])
    assert training_examples(str(folder)) == TRAINING[:2]


def test_an_exam_is_looked_up_in_the_split_that_it_was_kept_apart_from(tmp_path):
    taught = save_dataset(tmp_path / "taught_dataset", train=TRAINING[:2])
    exam = save_dataset(tmp_path / "exam_dataset", test=TRAINING[2:])
    with pytest.raises(InputError, match="no training split"):
        training_examples(str(exam))
    (exam / SPEC).write_text(json.dumps({"exclude_dataset": str(taught)}))
    assert training_examples(str(exam)) == TRAINING[:2]
