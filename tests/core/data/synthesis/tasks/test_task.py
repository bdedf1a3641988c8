"""Examples are read out of whatever a model answers."""

import json

import pytest

from core.data.synthesis.material import Item
from core.data.synthesis.tasks.prompts import TASKS

EXAMPLE = {"instruction": "What is 1 mile in metres?", "input": "", "output": "It is 1,609 metres.", "tags": "units"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"examples": [{"question": "Why so?", "answer": "Because."}]}', 1),
        ('Sure:\n```json\n{"examples": [{"question": "Why so?", "answer": "B.", "more": 1}]}\n```\nDone {it}.', 1),
        ('{"examples": [{"question": "Why so?", "answer": "B."}, {"question": "And th', 1),
        ('{"examples": []}', None),
        ('{"examples": [{"question": "Why so?"}]}', None),
        ('{"question": "Why so?", "answer": "B."}', None),
        ("[1, 2]", None),
        ("}{", None),
        ("", None),
    ],
)
def test_text_around_the_json_is_ignored(text, count):
    read = TASKS["questions"].read(text, Item("A passage.", "towns.txt", 1))
    assert (read and len(read)) == count


def test_a_variant_keeps_labels_and_what_the_model_did_not_rewrite():
    (varied,) = TASKS["paraphrase"].read(
        '{"questions": ["How many metres are 1 mile?"]}', Item("", "row 1", 1, EXAMPLE)
    )
    assert varied == {**EXAMPLE, "instruction": "How many metres are 1 mile?"}
    chat = {"messages": json.dumps([{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Ho."}])}
    (harder,) = TASKS["harder"].read('{"examples": [{"question": "Why hi?", "answer": "So."}]}', Item("", "", 1, chat))
    assert [message["content"] for message in json.loads(harder["messages"])] == ["Why hi?", "So."]
