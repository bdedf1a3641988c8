"""Questions that a model answers itself: prompts as in inference, with room for the answer."""

import pytest
from datasets import Dataset

from core.errors import InputError
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import Split
from core.training.objectives.questions import questions_of
from tests.core.training.runs import rows_about_illnesses


def test_questions_leave_room_for_an_answer_and_longer_ones_are_left_out(tiny_model):
    tokenizer = load_tokenizer(locate(str(tiny_model)))
    rows = Dataset.from_list(rows_about_illnesses(6))
    whole = questions_of(rows, Split.TRAIN, tokenizer, 128, 16)
    assert len(whole.examples) == 6 and whole.masked == 0
    first = whole.examples[0]
    assert first.text.startswith("What is asthma") and first.expected == rows[0]["output"]
    assert first.ids[: first.length].tolist() == first.prompt and first.weight == 1
    lengths = [one.length for one in whole.examples]
    some = questions_of(rows, Split.TRAIN, tokenizer, min(lengths) + 16, 16)
    assert 0 < len(some.examples) < 6 and some.masked == 6 - len(some.examples)
    with pytest.raises(InputError, match="All 6 examples"):
        questions_of(rows, Split.TRAIN, tokenizer, 20, 16)
