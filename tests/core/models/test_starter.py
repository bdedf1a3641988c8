"""The shipped starter model: small, complete, and the same in Transformers and llama.cpp."""

import json

import pytest

from core.models.catalogue import STARTER_FOLDER
from core.models.starter.build.tokenizer import END_TOKEN, ROLE_TOKENS, SPECIAL_TOKENS

TRICKY_TEXTS = [
    "Hello world",
    " a leading blank",
    "  two  blanks   and three",
    "\n\nlines\n\n\tand tabs\t",
    "12345 3.14 2024-01-02",
    "naïve café Ünïcödé — “quotes” … 日本語 текст",
    "emoji 😀👍🏽 and don't, can't",
    "def f(x):\n    return x + 1  # code\n",
    "https://example.org/z?q=1&b=2",
    "",
    "   ",
    "<|user|>What is it?<|end|><|assistant|>",
    " <|user|> blanks around <|end|> ",
]
SHORT_QUESTIONS = [
    "What does lamp mean?",
    "What kind of thing is a lamp?",
    "Which group does river belong to?",
    "Name some types of river.",
    "What is another word for garden?",
    "What are the parts of a house?",
    "What is asthma?",
]
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is asthma? \n Tell  me."},
    {"role": "assistant", "content": " A disease of the airways."},
]


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(STARTER_FOLDER)


@pytest.fixture(scope="module")
def model():
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(STARTER_FOLDER, dtype="float32").eval()


def test_is_small_and_can_be_quantized_without_falling_back(model):
    assert (STARTER_FOLDER / "model.safetensors").stat().st_size < 24_000_000
    assert sum(path.stat().st_size for path in STARTER_FOLDER.iterdir()) < 24_000_000
    linear = [module for module in model.modules() if type(module).__name__ == "Linear"]
    assert linear
    assert all(module.in_features % 256 == 0 for module in linear)
    assert model.config.max_position_embeddings >= 1024


def test_special_tokens_are_single_and_known_to_sentencepiece(tokenizer):
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(STARTER_FOLDER / "tokenizer.model"))
    assert processor.get_piece_size() == len(tokenizer)
    for token in SPECIAL_TOKENS:
        assert tokenizer.encode(token, add_special_tokens=False) == [processor.piece_to_id(token)]
        assert processor.is_control(processor.piece_to_id(token)) or token == "<unk>"
    assert tokenizer.eos_token == END_TOKEN


@pytest.mark.parametrize("text", TRICKY_TEXTS)
def test_text_survives_a_round_trip(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_template_ends_prompts_on_a_token_boundary(tokenizer):
    prompt = tokenizer.apply_chat_template(MESSAGES[:2], add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template(MESSAGES, return_dict=False)
    assert whole[: len(prompt)] == prompt
    assert prompt[-1] == tokenizer.convert_tokens_to_ids(ROLE_TOKENS["assistant"])
    assert whole[-1] == tokenizer.eos_token_id
    assert whole[0] == tokenizer.bos_token_id
    assert tokenizer.apply_chat_template(MESSAGES[:1], tokenize=False) == "<s><|system|>Be brief.<|end|>"


@pytest.mark.long
def test_most_short_answers_end_on_their_own(model, tokenizer):
    ends = 0
    for question in SHORT_QUESTIONS:
        messages = [{"role": "user", "content": question}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
        ends += model.generate(**ids, max_new_tokens=60, do_sample=False)[0, -1].item() == tokenizer.eos_token_id
    assert ends > len(SHORT_QUESTIONS) / 2  # it may repeat itself, as its card says


def test_beats_the_better_5_gram_on_every_held_out_source():
    parts = json.loads((STARTER_FOLDER / "figures.json").read_text())["bits_per_byte"]
    for part, figures in parts.items():
        assert figures["model"] < min(figures["5-gram over tokens"], figures["5-gram over bytes"]), part


def test_llama_cpp_reads_the_same_tokens_and_gives_the_same_logits(tokenizer, model, tmp_path):
    import numpy as np
    import torch
    from llama_cpp import Llama

    from core.gguf.convert import convert_to_gguf

    convert_to_gguf(STARTER_FOLDER, tmp_path / "starter.gguf")
    llama = Llama(str(tmp_path / "starter.gguf"), n_ctx=256, logits_all=True, verbose=False, n_threads=1)
    chat = tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False)
    for text in [*TRICKY_TEXTS, chat]:
        expected = tokenizer.encode(text, add_special_tokens=False)
        assert llama.tokenize(text.encode(), add_bos=False, special=True) == expected, text
    assert llama.token_eos() == tokenizer.eos_token_id
    assert llama.metadata["tokenizer.chat_template"] == tokenizer.chat_template
    ids = tokenizer.encode(chat, add_special_tokens=False)
    llama.eval(ids)
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0].numpy()
    assert np.abs(llama.scores[: len(ids)] - logits).max() < 1e-2
    llama.close()
