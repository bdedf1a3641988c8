"""Prompt dropout drops words from questions, never from answers, and always the same words at the same step."""

import json

import pytest
from datasets import Dataset

from core.models.loading import load_tokenizer
from core.models.references import locate
from core.training.objectives.examples import tokenize_split
from core.training.objectives.prompt_dropout import PromptDropout

_ROWS = [
    {"instruction": "Who is ill and needs the doctor today?", "input": "", "output": "The patient."},
    {"instruction": "Answer the question.", "input": "Which medicine is safe for the child?", "output": "None."},
]


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


@pytest.fixture
def batch(tokenizer):
    return tokenize_split(Dataset.from_list(_ROWS), "train", tokenizer, 256, keep_sources=True).examples


def answers(examples) -> list[list[int]]:
    return [example.ids[example.prompt_tokens :].tolist() for example in examples]


def test_answers_stay_intact_and_questions_lose_words(tokenizer, batch):
    dropout = PromptDropout(tokenizer, 0.9, seed=1)
    lengths = []
    for step in range(20):
        [thinned] = dropout.thin([batch], step)
        assert answers(thinned) == answers(batch)
        assert all(mine.prompt_tokens <= whole.prompt_tokens for mine, whole in zip(thinned, batch, strict=True))
        lengths.append(thinned[0].prompt_tokens)
    assert len(set(lengths)) > 3


def test_only_user_turns_of_a_chat_lose_words(tokenizer):
    turns = ("Who is ill and needs the doctor?", "The patient.", "And which medicine is safe?", "None.")
    messages = [{"role": ("user", "assistant")[turn % 2], "content": text} for turn, text in enumerate(turns)]
    rows = Dataset.from_list([{"messages": json.dumps(messages), "tools": ""}])
    batch = tokenize_split(rows, "train", tokenizer, 256, keep_sources=True).examples
    dropout, lengths = PromptDropout(tokenizer, 0.9, seed=1), set()
    for step in range(10):
        [[thinned]] = dropout.thin([batch], step)
        assert thinned.ids[thinned.counts].tolist() == batch[0].ids[batch[0].counts].tolist()
        lengths.add(len(thinned.ids))
    assert len(lengths) > 3 and max(lengths) <= len(batch[0].ids)


def test_a_plain_text_stays_intact(tokenizer):
    batch = tokenize_split(Dataset.from_list([{"text": "The doctor asks."}]), "train", tokenizer, 64, True).examples
    assert PromptDropout(tokenizer, 0.9, seed=1).thin([batch], 0) == [batch]


def test_a_resumed_run_drops_the_same_words(tokenizer, batch):
    once, again = (PromptDropout(tokenizer, 0.9, seed=1).thin([batch], 7) for _ in range(2))
    assert [[example.ids.tolist() for example in part] for part in once] == [
        [example.ids.tolist() for example in part] for part in again
    ]


def test_a_share_near_zero_drops_nothing(tokenizer, batch):
    [same] = PromptDropout(tokenizer, 1e-9, seed=1).thin([batch], 0)
    assert [example.ids.tolist() for example in same] == [example.ids.tolist() for example in batch]
