"""Shared by the tests of the library: a tiny chat model (random weights, real tokenizer, chat template), the spec of a
short training of it, and one engine of each kind over the starter model."""

import json
import random
from pathlib import Path

import pytest

from core.inference.open_engine import open_engine
from core.models.references import locate
from tests.core.training.runs import Recorder, small_spec

TINY_VOCABULARY = 400


@pytest.fixture(scope="session")
def tiny_model(made_once):
    """A folder with a 2-layer Llama of width 256, its SentencePiece tokenizer and the starter model's template."""
    return made_once("tiny", make_tiny_model)


def make_tiny_model(folder: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from core.models.starter.build.tokenizer import train_tokenizer

    words = random.Random(0)
    texts = (
        "".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=6)) + " is what the doctor asks and answers.\n"
        for _ in range(2000)
    )
    train_tokenizer(texts, folder, TINY_VOCABULARY)
    names = json.loads((folder / "tokenizer_config.json").read_text())
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=TINY_VOCABULARY,
            hidden_size=256,
            intermediate_size=512,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=256,
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=_id_of(folder, names["eos_token"]),
            pad_token_id=3,
        )
    )
    model.save_pretrained(folder)


def _id_of(folder, token: str) -> int:
    added = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
    return next(entry["id"] for entry in added if entry["content"] == token)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def spec(tiny_model, tmp_path):
    return small_spec(tiny_model, tmp_path)


@pytest.fixture(scope="session")
def llama_engine(starter_gguf):
    engine = open_engine(locate(str(starter_gguf("q4_k_m"))), threads=1)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def transformers_engine():
    engine = open_engine(locate("starter"), threads=1)
    yield engine
    engine.close()
