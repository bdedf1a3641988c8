"""Which tokens of an example are learned, and which examples are dropped or refused."""

import json

import numpy as np
import pytest
import torch
from datasets import Dataset

from core.errors import InputError
from core.examples.example import messages_of
from core.examples.prompting import answer_ids, prompt_ids
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.training.compute.loss import NO_LOSS
from core.training.objectives.batches import packed, padded
from core.training.objectives.examples import TokenizedExample, tokenize_split

_ROW = {"instruction": "Who is ill?", "input": "", "output": "The doctor."}


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def _learned(labels: torch.Tensor) -> list[int]:
    return labels[labels != NO_LOSS].tolist()


def test_only_the_answer_and_its_end_are_learned_after_the_inference_prompt(tokenizer):
    [example] = tokenize_split(Dataset.from_list([_ROW]), "train", tokenizer, 128).examples
    other = TokenizedExample(np.arange(60), 50)
    inputs, labels, _ = padded([example, other], torch.device("cpu"))
    assert _learned(labels[0]) == answer_ids(tokenizer, _ROW["output"])
    prompt = prompt_ids(tokenizer, messages_of(_ROW))
    assert inputs["input_ids"][0].tolist()[: len(prompt)] == prompt
    assert inputs["attention_mask"].sum(1).tolist() == [len(example.ids), 60]
    inputs, labels, _ = packed([example, other], torch.device("cpu"))
    assert _learned(labels[0]) == [*answer_ids(tokenizer, _ROW["output"]), *range(50, 60)]
    assert inputs["input_ids"][0].tolist() == [*example.ids, *other.ids]
    assert inputs["segments"] == [(0, len(example.ids)), (len(example.ids), len(example.ids) + 60)]


def test_an_answer_that_is_too_long_keeps_its_start_and_is_counted(tokenizer):
    rows = Dataset.from_list([_ROW, _ROW | {"output": "The doctor. " * 30}])
    prompt = prompt_ids(tokenizer, messages_of(_ROW))
    split = tokenize_split(rows, "train", tokenizer, len(prompt) + 12)
    assert split.truncated == 1
    answer = answer_ids(tokenizer, rows[1]["output"])
    assert split.examples[1].ids.tolist() == prompt + answer[:12]


def test_a_question_without_room_for_its_answer_is_dropped_and_counted(tokenizer):
    long = _ROW | {"instruction": "Who is ill? " * 20}
    prompt = prompt_ids(tokenizer, messages_of(long))
    split = tokenize_split(Dataset.from_list([_ROW, long, _ROW]), "train", tokenizer, len(prompt))
    assert (len(split.examples), split.masked, split.truncated) == (2, 1, 0)
    with pytest.raises(InputError) as refused:
        tokenize_split(Dataset.from_list([long, long]), "train", tokenizer, len(prompt))
    assert "All 2" in refused.value.message and str(len(prompt)) in refused.value.remedy


def test_only_assistant_turns_of_a_chat_are_learned(tokenizer):
    turns = ("Who is ill?", "The doctor.", "And who asks?", "The patient.")
    messages = [{"role": ("user", "assistant")[turn % 2], "content": text} for turn, text in enumerate(turns)]
    rows = Dataset.from_list([{"messages": json.dumps(messages), "tools": "", "row": 1}])
    [chat] = tokenize_split(rows, "train", tokenizer, 128).examples
    [single] = tokenize_split(Dataset.from_list([_ROW]), "train", tokenizer, 128).examples
    labels = padded([chat, single], torch.device("cpu")).labels
    learned = _learned(labels[0])
    assert tokenizer.decode(learned) == "The doctor.<|end|>The patient.<|end|>"
    assert chat.answer_tokens == len(learned)
    assert _learned(labels[1]) == answer_ids(tokenizer, _ROW["output"])
    cut = tokenize_split(rows, "train", tokenizer, len(chat.ids) - 4)
    assert cut.truncated == 1 and cut.examples[0].answer_tokens == len(learned) - 4


def test_the_loss_covers_the_last_answer_or_everything_on_request(tokenizer):
    turns = ("Who is ill?", "The doctor.", "And who asks?", "The patient.")
    messages = [{"role": ("user", "assistant")[turn % 2], "content": text} for turn, text in enumerate(turns)]
    rows = Dataset.from_list([{"messages": json.dumps(messages), "tools": "", "row": 1}])
    [last] = tokenize_split(rows, "train", tokenizer, 128, train_on="last_answer").examples
    assert _learned(padded([last], torch.device("cpu")).labels) == answer_ids(tokenizer, "The patient.")
    [whole] = tokenize_split(rows, "train", tokenizer, 128, train_on="everything").examples
    assert _learned(padded([whole], torch.device("cpu")).labels) == whole.ids[1:].tolist()
    assert (whole.ids == last.ids).all() and whole.weight == len(whole.ids) - 1
    cut = tokenize_split(rows, "train", tokenizer, last.prompt_tokens, train_on="everything")
    assert (cut.truncated, cut.masked) == (1, 0)
    with pytest.raises(InputError, match="no answer would be learned"):
        tokenize_split(rows, "train", tokenizer, last.prompt_tokens, train_on="last_answer")


def test_bad_answers_are_dropped_and_counted(tokenizer):
    asked = json.dumps([{"role": "user", "content": "Who is ill?"}])
    rows = [{"messages": asked, "output": f"{label} answer", "label": label} for label in ("good", "bad", "good")]
    split = tokenize_split(Dataset.from_list(rows), "train", tokenizer, 128, keep_sources=True)
    assert split.judged_bad == 1
    assert [example.source["output"] for example in split.examples] == ["good answer"] * 2


def test_missing_columns_are_named(tokenizer):
    with pytest.raises(InputError, match="not those of a prepared dataset"):
        tokenize_split(Dataset.from_list([{"question": "x"}]), "train", tokenizer, 128)
