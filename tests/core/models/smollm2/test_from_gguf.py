"""A GGUF turned back into a Transformers model gives the token ids and logits of llama.cpp on that file."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.models.smollm2.from_gguf import write_model_folder
from tests.core.models.small_gguf import write_small_gguf

ROOT = Path(__file__).parents[4]
PIECES = [
    "the",
    " the",
    "12",
    "2026",
    "٣٤",
    "½",
    "don't",
    "  ",
    "\n\n",
    "\t",
    "é",
    "漢字",
    "😀",
    "<|im_end|>",
    "<|im",
    "—",
]


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory):
    """A GGUF as the converter would write it, from a very small model with SmolLM's pre-tokenizer."""
    file = tmp_path_factory.mktemp("gguf") / "small.gguf"
    write_small_gguf(file)
    return file


@pytest.fixture(scope="module")
def folder(gguf_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_model_folder(gguf_file, folder)
    return folder


def test_token_ids_match_llama_cpps(gguf_file, folder):
    import llama_cpp
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    llama = llama_cpp.Llama(str(gguf_file), vocab_only=True, verbose=False)
    rng = random.Random(0)
    for _ in range(300):
        text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids == llama.tokenize(text.encode(), add_bos=False, special=True), text
        assert tokenizer.decode(ids) == text
    llama.close()


def test_logits_match_llama_cpps(gguf_file, folder):
    import llama_cpp
    import torch
    from transformers import AutoModelForCausalLM

    ids = list(range(5, 45))
    llama = llama_cpp.Llama(str(gguf_file), logits_all=True, n_ctx=64, verbose=False)
    llama.eval(ids)
    expected = np.array(llama.scores[: len(ids)])
    llama.close()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0].numpy()
    assert np.linalg.norm(logits - expected) < 0.002 * np.linalg.norm(expected)


def test_end_tokens_and_the_chat_template_are_kept(folder):
    from transformers import AutoTokenizer, GenerationConfig

    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.bos_token, tokenizer.eos_token) == ("<|im_start|>", "<|im_end|>")
    assert GenerationConfig.from_pretrained(folder).eos_token_id == tokenizer.eos_token_id
    assert tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False) == "user: Hi<|im_end|>"


def test_a_tokenizer_that_splits_differently_is_refused(tmp_path):
    write_small_gguf(tmp_path / "other.gguf", "qwen2")
    (tmp_path / "model").mkdir()
    with pytest.raises(InputError, match="SmolLM"):
        write_model_folder(tmp_path / "other.gguf", tmp_path / "model")


@pytest.fixture
def as_on_the_hub(folder, tmp_path):
    """The model as on the hub: it names a tokenizer class that Transformers rebuilds without splitting digits."""
    copy = shutil.copytree(folder, tmp_path / "model")
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    (copy / "tokenizer_config.json").write_text(json.dumps(settings | {"tokenizer_class": "GPT2Tokenizer"}))
    return copy


def test_a_tokenizer_is_loaded_as_saved_whatever_class_its_settings_name(folder, as_on_the_hub):
    texts = ["the 12", "2026", " ٣٤½"]
    ids = [load_tokenizer(locate(str(place)))(texts)["input_ids"] for place in (folder, as_on_the_hub)]
    assert ids[0] == ids[1]


@pytest.mark.long
def test_the_converter_gets_it_as_saved_too(as_on_the_hub):
    read = (
        "import sys; from core.gguf import converter; converter._read_tokenizers_as_saved(); "
        "from transformers import AutoTokenizer; tokenizer = AutoTokenizer.from_pretrained(sys.argv[1]); "
        "print(tokenizer.backend_tokenizer.pre_tokenizer)"
    )
    done = subprocess.run([sys.executable, "-c", read, str(as_on_the_hub)], cwd=ROOT, capture_output=True, text=True)
    assert "Digits" in done.stdout, done.stderr
