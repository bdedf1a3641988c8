"""Texts for continued pretraining are read to their end, in windows, and every token is learned once."""

import pytest
from datasets import Dataset

from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import Split
from core.training.objectives.windows import windows_of


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


@pytest.mark.parametrize("limit", [2, 5, 12, 13, 300])
def test_nothing_is_lost_and_every_token_is_learned_once(tokenizer, limit):
    texts = ["The doctor asks and the patient answers at length. " * 3, "Who is ill?", "a"]
    windows = windows_of(Dataset.from_list([{"text": text} for text in texts]), Split.TRAIN, tokenizer, limit).examples
    assert all(2 <= window.length <= limit and window.weight == window.length - 1 for window in windows)
    whole = [tokenizer.encode(text, add_special_tokens=False) + [tokenizer.eos_token_id] for text in texts]
    learned = [token for window in windows for token in window.ids[1:].tolist()]
    opening = windows[0].ids[0] == tokenizer.bos_token_id
    assert learned == [token for ids in whole for token in (ids if opening else ids[1:])]
    for before, after in zip(windows, windows[1:], strict=False):
        if before.ids[-1] != tokenizer.eos_token_id:
            assert after.ids[0] == before.ids[-1]
