"""Previews show what the model will see and learn, with the same token counts as in training."""

import json
import subprocess
import sys

import pytest
from datasets import Dataset

from core.data.store.preview import preview
from core.data.store.tokenizing import load_light_tokenizer, token_lengths
from core.errors import InputError
from core.examples.encoding import encode_examples
from core.models import loading
from core.models.references import locate
from core.training.objectives.examples import tokenize_split

ROW = {"instruction": "Who is ill?", "input": "", "output": "The doctor, not the patient."}
MESSAGES = [
    {"role": "user", "content": "Who is ill?"},
    {"role": "assistant", "content": "The doctor."},
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "So."},
]
CHAT = {"messages": json.dumps(MESSAGES), "tools": ""}


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_light_tokenizer(str(tiny_model))


def test_pieces_are_the_text_in_order_marked_with_what_is_learned(tokenizer):
    [chat, text] = preview([CHAT, {"text": "It is so."}], tokenizer, 256)
    assert [(piece["text"], piece["counts"], piece["special"]) for piece in chat["pieces"]] == [
        ("<s>", False, True), ("<|user|>", False, True), ("Who is ill?", False, False), ("<|end|>", False, True),
        ("<|assistant|>", False, True), ("The doctor.", True, False), ("<|end|>", True, True),
        ("<|user|>", False, True), ("Why?", False, False), ("<|end|>", False, True),
        ("<|assistant|>", False, True), ("So.", True, False), ("<|end|>", True, True),
    ]  # fmt: skip
    assert [(piece["text"], piece["counts"], piece["special"]) for piece in text["pieces"]] == [
        ("<s>", False, True), ("It is so.", True, False), ("<|end|>", True, True),
    ]  # fmt: skip
    assert not chat["cut_off"] and text["tokens"] == text["counted"] + 1


def test_token_counts_match_those_of_training(tokenizer):
    examples = [ROW, ROW | {"output": "The doctor. " * 40}]
    split = tokenize_split(Dataset.from_list(examples), "train", loading.load_tokenizer(locate("starter")), 64)
    starter = load_light_tokenizer("starter")
    shown, lengths = preview(examples, starter, 64), token_lengths(examples, starter, 64)
    learned = [example.answer_tokens for example in split.examples]
    assert [one["counted"] for one in shown] == lengths.counted.tolist() == learned
    assert [one["cut_off"] for one in shown] == [False, True] == (lengths.tokens > 64).tolist()
    assert lengths.tokens.tolist() == [one["tokens"] for one in shown]


def test_what_all_prompts_begin_with_is_found():
    starter = load_light_tokenizer("starter")
    asked = [ROW, ROW | {"instruction": "Who is well?"}, ROW | {"instruction": "Who was ill?"}]
    prompts = [one.prompt for one in encode_examples(starter, asked)]
    beginning = token_lengths(asked, starter, 64).beginning
    assert beginning and all(prompt[: len(beginning)] == beginning for prompt in prompts)
    assert len({prompt[len(beginning)] for prompt in prompts}) > 1
    assert token_lengths([{"text": "Who is ill?"}] * 2, starter, 64).beginning == []  # it is learned


def test_a_question_that_fills_the_context_leaves_nothing_to_learn(tokenizer):
    long = ROW | {"instruction": "Who is ill? " * 50}
    assert token_lengths([ROW, long, CHAT], tokenizer, 32).counted.tolist()[1] == 0
    assert preview([long], tokenizer, 32)[0]["counted"] == 0
    assert [len(column) for column in token_lengths([], tokenizer, 32)] == [0, 0, 0]


def test_a_long_text_is_shown_without_its_middle(tokenizer):
    [shown] = preview([{"text": "The doctor. " * 5000}], tokenizer, 100_000)
    assert len(shown["pieces"][1]["text"]) < 21_000 and "characters …" in shown["pieces"][1]["text"]


def test_the_starter_models_tokenizer_loads_without_torch():
    code = (
        "import sys; from core.data.store.preview import preview; "
        "from core.data.store.tokenizing import load_light_tokenizer; "
        "preview([{'text': 'a'}], load_light_tokenizer('starter'), 9); print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_folder_without_a_tokenizer_is_named(tiny_model, tmp_path):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((tiny_model / name).read_bytes())
    with pytest.raises(InputError, match="tokenizer in .* cannot be loaded"):
        load_light_tokenizer(str(tmp_path))
