"""Questions are taken from datasets of every shape."""

import json

import pytest

from core.data.store.questions import questions_of
from tests.core.data.stored import store_dataset

CHAT = [
    {"role": "system", "content": "Be kind."},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": " Where is it? "},
    {"role": "assistant", "content": "Here."},
    {"role": "user", "content": "Thanks."},
    {"role": "assistant", "content": "Gladly."},
]


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"messages": json.dumps(CHAT)}, ["Where is it?"]),
        ({"messages": json.dumps(CHAT[:3]), "chosen": "Here.", "rejected": "No."}, ["Where is it?"]),
        ({"instruction": "Sum up.", "input": "A long day.", "output": "Day."}, ["Sum up.\nA long day."]),
        ({"instruction": "w" * 1000, "input": "", "output": "Day."}, []),
        ({"text": "Once there was a bell."}, []),
    ],
)
def test_the_first_user_turn_is_the_question(tmp_path, row, asked):
    folder = store_dataset(tmp_path / "x_dataset", {"train": [row | {"row": 1}]})
    assert questions_of(folder) == asked


def test_held_out_rows_come_before_those_of_training(tmp_path):
    rows = {split: [{"instruction": f"Of {split}?", "output": "Yes.", "row": 1}] for split in ("train", "validation")}
    assert questions_of(store_dataset(tmp_path / "x_dataset", rows)) == ["Of validation?"]
