"""What an export is compared on is taken from a dataset of any shape, in a form that every template renders."""

import json

import pytest

from core.export.sample import RARE_TEXTS, TEXTS, take_sample
from core.specs import Split
from tests.core.training.runs import save_dataset

ASKED = [{"role": "user", "content": "Who is ill?"}]
ANSWERED = [*ASKED, {"role": "assistant", "content": "The doctor."}]
CALL = {"type": "function", "function": {"name": "look", "arguments": {}}}


@pytest.mark.parametrize(
    "row, asked, answer",
    [
        ({"instruction": "Who is ill?", "input": "", "output": "The doctor."}, ASKED, "The doctor."),
        ({"messages": json.dumps([*ANSWERED, *ANSWERED]), "tools": ""}, [*ANSWERED, *ASKED], "The doctor."),
        ({"messages": json.dumps(ASKED), "chosen": "The doctor.", "rejected": "Nobody."}, ASKED, "The doctor."),
        ({"messages": json.dumps(ASKED), "output": "The doctor.", "label": "good"}, ASKED, "The doctor."),
        ({"messages": json.dumps([{"role": "system", "content": "Be brief."}, *ANSWERED]), "tools": ""},
         ASKED, "The doctor."),
        ({"messages": json.dumps([*ASKED, {"role": "assistant", "content": "", "tool_calls": [CALL]},
                                  {"role": "tool", "content": "a doctor"}, ANSWERED[1]]), "tools": ""},
         [{"role": "user", "content": 'Who is ill?\n[{"name": "look", "arguments": {}}]\na doctor'}], "The doctor."),
    ],
)  # fmt: skip
def test_questions_and_answers_of_every_shape(tmp_path, row, asked, answer):
    dataset = save_dataset(tmp_path / "some_dataset", **{Split.TEST: [row]})
    assert take_sample(str(dataset)).conversations[0] == (asked, answer)


def test_plain_texts_are_read_before_the_built_in_ones(tmp_path):
    rows = [{"text": "The harbour wakes."}, {"text": "Caf\u00e9\u200b"}]
    sample = take_sample(str(save_dataset(tmp_path / "some_dataset", **{Split.TEST: rows})))
    assert sample.texts == ("The harbour wakes.", *TEXTS) and sample.rare_texts == RARE_TEXTS
    assert all(answer == "" for _, answer in sample.conversations)
