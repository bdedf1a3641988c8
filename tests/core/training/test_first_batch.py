"""The batch that is shown before a run is the batch that it trains on: the same examples, the same tokens counted."""

import json

import pytest
from datasets import Dataset

from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import Split
from core.training.first_batch import first_batch
from core.training.objectives.examples import tokenize_split
from core.training.objectives.pairs import judged_of, pairs_of
from core.training.objectives.windows import windows_of
from core.training.schedule import examples_of_step
from tests.core.data.stored import store_dataset

LIMIT, BATCH, SEED = 128, 4, 5
CHATS = [
    {"messages": json.dumps([
        {"role": "user", "content": f"Who is ill in house {number}?"}, {"role": "assistant", "content": "The doctor."},
        {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So it is. " * number},
    ])} for number in range(1, 10)
]  # fmt: skip
PAIRS = [
    {"messages": json.dumps([{"role": "user", "content": f"Who is ill in house {number}?"}]),
     "chosen": "The doctor. " * number, "rejected": "Nobody. " * (10 - number)} for number in range(1, 10)
]  # fmt: skip
FEEDBACK = [
    {"messages": json.dumps([{"role": "user", "content": "Who?"}]), "output": "The doctor. " * number,
     "label": "bad" if number % 3 else "good"} for number in range(1, 13)
]  # fmt: skip
TEXTS = [{"text": "The doctor asks. " * number} for number in range(1, 10)]


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def shown(folder, tokenizer, method: str, train_on: str = "answers") -> list[dict]:
    settings = {"batch_size": BATCH, "accumulation": 1, "seed": SEED, "max_tokens": LIMIT, "count": BATCH}
    return first_batch(str(folder), tokenizer, method=method, train_on=train_on, **settings)


def trained(examples: list) -> list:
    return [example for batch in examples_of_step(examples, 0, BATCH, 1, SEED) for example in batch]


@pytest.mark.parametrize(
    ("rows", "train_on"),
    [(CHATS, "answers"), (CHATS, "last_answer"), (CHATS, "everything"), (PAIRS, "answers"), (FEEDBACK, "answers")],
)
def test_the_loss_covers_what_is_marked(tmp_path, tokenizer, rows, train_on):
    batch = shown(store_dataset(tmp_path / "x_dataset", {"train": rows}), tokenizer, "sft", train_on)
    split = tokenize_split(Dataset.from_list(rows), Split.TRAIN, tokenizer, LIMIT, train_on=train_on)
    assert sorted(one["counted"] for one in batch) == sorted(one.answer_tokens for one in trained(split.examples))
    assert {one["role"] for one in batch} == {""} and [one["number"] for one in batch] == list(range(1, len(batch) + 1))


@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_both_answers_of_a_pair_are_shown(tmp_path, tokenizer, method):
    batch = shown(store_dataset(tmp_path / "x_dataset", {"train": PAIRS}), tokenizer, method)
    pairs = trained(list(pairs_of(Dataset.from_list(PAIRS), Split.TRAIN, tokenizer, LIMIT).examples))
    better, worse = ([one for one in batch if word in one["role"]] for word in ("better", "worse"))
    whole = method == "orpo"  # whose likelihood covers the question too
    counted = sorted(pair.chosen.length - 1 if whole else pair.chosen.answer_tokens for pair in pairs)
    assert sorted(one["counted"] for one in better) == counted
    assert sorted(one["counted"] for one in worse) == sorted(pair.rejected.answer_tokens for pair in pairs)
    assert [one["number"] for one in batch[:4]] == [1, 1, 2, 2]


@pytest.mark.parametrize("rows", [PAIRS, FEEDBACK])
def test_judged_answers_are_shown_with_their_judgement(tmp_path, tokenizer, rows):
    batch = shown(store_dataset(tmp_path / "x_dataset", {"train": rows}), tokenizer, "kto")
    examples = trained(list(judged_of(Dataset.from_list(rows), Split.TRAIN, tokenizer, LIMIT).examples))
    seen = sorted((one["counted"], one["role"].startswith("good")) for one in batch)
    assert seen == sorted((example.answer.answer_tokens, example.good) for example in examples)


def test_a_text_longer_than_the_context_is_not_called_cut(tmp_path, tokenizer):
    batch = shown(store_dataset(tmp_path / "x_dataset", {"train": TEXTS}), tokenizer, "pretrain")
    windows = windows_of(Dataset.from_list(TEXTS), Split.TRAIN, tokenizer, LIMIT).examples
    assert {one["counted"] for one in batch} <= {window.weight for window in windows}
    assert not any(one["cut_off"] for one in batch)
