"""Pairs keep question and both answers together; a pair is also two judged answers."""

import json

import pytest
from datasets import Dataset

from core.errors import InputError
from core.examples.prompting import answer_ids, prompt_ids
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import Split
from core.training.objectives.pairs import judged_of, pairs_of

_ASKED = [{"role": "user", "content": "Who is ill?"}]
_PAIR = {"messages": json.dumps(_ASKED), "chosen": "The doctor.", "rejected": "Nobody at all, they say."}


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def _asking(question: str) -> str:
    return json.dumps([{"role": "user", "content": question}])


def test_both_answers_follow_the_prompt_of_inference(tokenizer):
    [pair] = pairs_of(Dataset.from_list([_PAIR]), Split.TRAIN, tokenizer, 128).examples
    prompt = prompt_ids(tokenizer, _ASKED)
    for one, text in ((pair.chosen, _PAIR["chosen"]), (pair.rejected, _PAIR["rejected"])):
        assert one.ids.tolist() == prompt + answer_ids(tokenizer, text)
        assert one.prompt_tokens == len(prompt)
    assert (pair.weight, pair.length) == (1, pair.chosen.length + pair.rejected.length)


def test_answers_that_are_too_long_keep_their_start_and_are_counted(tokenizer):
    prompt = prompt_ids(tokenizer, _ASKED)
    split = pairs_of(Dataset.from_list([_PAIR]), Split.TRAIN, tokenizer, len(prompt) + 3)
    assert (split.truncated, split.masked) == (1, 0)
    [pair] = split.examples
    assert pair.chosen.ids.tolist() == prompt + answer_ids(tokenizer, _PAIR["chosen"])[:3]
    assert pair.rejected.ids.tolist() == prompt + answer_ids(tokenizer, _PAIR["rejected"])[:3]


def test_pairs_without_room_or_without_a_difference_within_it_are_left_out(tokenizer):
    long = _PAIR | {"messages": _asking("Who is ill? " * 30)}
    alike = _PAIR | {"chosen": "The doctor asks. " * 9 + "Yes.", "rejected": "The doctor asks. " * 9 + "No."}
    limit = len(prompt_ids(tokenizer, _ASKED)) + 20
    split = pairs_of(Dataset.from_list([long, _PAIR, alike]), Split.TRAIN, tokenizer, limit)
    assert (len(split.examples), split.masked) == (1, 2)
    with pytest.raises(InputError, match="no answer would be learned"):
        pairs_of(Dataset.from_list([long]), Split.TRAIN, tokenizer, limit)


def test_a_pair_is_a_good_and_a_bad_answer(tokenizer):
    rows = Dataset.from_list([_PAIR, _PAIR | {"messages": _asking("Who asks?"), "chosen": "The patient."}])
    examples = judged_of(rows, Split.TRAIN, tokenizer, 128).examples
    assert [example.good for example in examples] == [True, False, True, False]
    [pair, _] = pairs_of(rows, Split.TRAIN, tokenizer, 128).examples
    assert [one.answer.ids.tolist() for one in examples[:2]] == [pair.chosen.ids.tolist(), pair.rejected.ids.tolist()]


def test_each_judged_answer_is_beside_an_answer_to_another_question(tokenizer):
    questions = ("Who is ill?", "Who is ill?", "Who asks?", "Who answers?")
    rows = [
        {"messages": _asking(question), "output": f"Answer {number}.", "label": ("good", "bad")[number % 2]}
        for number, question in enumerate(questions)
    ]
    examples = judged_of(Dataset.from_list(rows), Split.TRAIN, tokenizer, 128).examples
    assert [example.good for example in examples] == [True, False, True, False]
    for example, other in zip(examples, (3, 3, 1, 2), strict=True):
        prompt = example.answer.ids[: example.answer.prompt_tokens].tolist()
        assert example.mismatched.ids.tolist() == prompt + answer_ids(tokenizer, f"Answer {other}.")
