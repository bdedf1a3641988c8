"""Stored examples of every shape are read as conversation, question and answer."""

import json

import pytest

from core.errors import InputError
from core.examples.example import answer_text, asked_and_answered, conversation, question_text, shape_of
from core.specs import Shape

_ASKED = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Is it?"}]
_CALL = {"type": "function", "function": {"name": "look", "arguments": {}}}
_CHAT = [
    *_ASKED,
    {"role": "assistant", "content": "", "tool_calls": [_CALL]},
    {"role": "tool", "content": "it is"},
    {"role": "assistant", "content": "Yes."},
]


@pytest.mark.parametrize(
    "example, shape, question, answer, turns",
    [
        ({"instruction": "Is it?", "input": "", "output": "Yes."}, Shape.INSTRUCTION, "Is it?", "Yes.", 2),
        ({"instruction": "Is", "input": "it?", "output": "Yes.", "system": "Be kind."},
         Shape.INSTRUCTION, "Is\nit?", "Yes.", 3),
        ({"instruction": "Is it?", "output": "Yes."}, Shape.INSTRUCTION, "Is it?", "Yes.", 2),
        ({"messages": json.dumps(_CHAT), "tools": ""}, Shape.CHAT,
         'Is it?\n[{"name": "look", "arguments": {}}]\nit is', "Yes.", 5),
        ({"messages": json.dumps(_CHAT[:3]), "tools": ""}, Shape.CHAT,
         "Is it?", '[{"name": "look", "arguments": {}}]', 3),
        ({"messages": json.dumps(_ASKED), "chosen": "Yes.", "rejected": "No."}, Shape.PREFERENCE, "Is it?", "Yes.", 3),
        ({"messages": json.dumps(_ASKED), "output": "Yes.", "label": "bad"}, Shape.FEEDBACK, "Is it?", "Yes.", 3),
        ({"text": "Yes.", "source": "a.txt"}, Shape.TEXT, "", "Yes.", 1),
    ],
)  # fmt: skip
def test_an_example_is_read_back(example, shape, question, answer, turns):
    assert shape_of(example) is shape is shape_of(list(example))
    assert question_text(example) == question
    assert answer_text(example) == answer == asked_and_answered(example)[1]
    messages = conversation(example)
    assert len(messages) == turns and messages[-1]["role"] == "assistant"
    assert asked_and_answered(example)[0] == messages[:-1]


def test_columns_that_match_no_shape_are_refused():
    with pytest.raises(InputError, match="instruction and output, messages, or text"):
        shape_of(["a", "b"])
