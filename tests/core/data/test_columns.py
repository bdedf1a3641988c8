"""Columns are found by name, by alias or by the person's word; otherwise the error says how to name them."""

import pytest

from core.data.columns import map_columns
from core.errors import InputError


@pytest.mark.parametrize(
    "found, asked, mapped",
    [
        (["instruction", "input", "output"], {}, {"instruction": "instruction", "input": "input", "output": "output"}),
        ([" Instruction ", "OUTPUT"], {}, {"instruction": " Instruction ", "output": "OUTPUT"}),
        (["Question", "Context", "Answer", "Category"], {},
         {"instruction": "Question", "input": "Context", "output": "Answer", "topic": "Category"}),
        (["prompt", "completion"], {}, {"instruction": "prompt", "output": "completion"}),
        (["prompt", "question", "answer"], {"instruction": "QUESTION"},
         {"instruction": "question", "output": "answer"}),
        (["input", "output"], {"instruction": "input"}, {"instruction": "input", "output": "output"}),
        (["Frage", "Antwort"], {"instruction": "frage", "output": "Antwort"},
         {"instruction": "Frage", "output": "Antwort"}),
    ],
)  # fmt: skip
def test_mapping(found, asked, mapped):
    assert map_columns(found, asked)[0] == mapped


def test_every_alias_taken_is_told():
    assert map_columns(["prompt", "output"], {})[1] == ["column 'prompt' was taken as instruction"]


@pytest.mark.parametrize(
    "found, asked, message, remedy",
    [
        (["prompt", "question", "output"], {}, "called 'instruction'", "--map instruction=prompt"),
        (["input", "output"], {}, "called 'instruction'", "--map instruction=input"),
        (["Your question", "Our reply here"], {}, "'Your question', 'Our reply here'", 'instruction="Your question"'),
        (["text"], {}, "at least a question and an answer", "Give a file"),
        (["conversations", "tools"], {}, "chat form", "one answer a row"),
        (["instruction", "Instruction", "output"], {}, "2 columns are called 'instruction'", "name of its own"),
        (["a", "b"], {"instruction": "c"}, "no column 'c' to use as instruction. The columns are: 'a', 'b'", "one of"),
        ([f"c{number}" for number in range(40)], {}, "and 28 more", "--map"),
    ],
)
def test_what_cannot_be_mapped(found, asked, message, remedy):
    with pytest.raises(InputError, match=message) as caught:
        map_columns(found, asked)
    assert remedy in caught.value.remedy
