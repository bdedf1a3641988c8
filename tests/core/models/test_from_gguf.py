"""A GGUF made a model of Transformers again: same token ids and same logits as llama.cpp's own of that file."""

import random
import sys

import numpy as np
import pytest

from core.errors import InputError
from core.export.child import LLAMA_CPP
from core.models.from_gguf import write_model_folder

HEADS, KEY_HEADS, WIDTH, LAYERS, INNER = 4, 2, 64, 2, 96
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["Ġ t", "t h", "Ġt h", "1 2", "h e", "Ġth e", "Ġ Ġ", "â Ģ"]
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
    """A GGUF as the converter would write one of a very small model with SmolLM's way to split text."""
    file = tmp_path_factory.mktemp("gguf") / "small.gguf"
    _write_gguf(file, "smollm")
    return file


@pytest.fixture(scope="module")
def folder(gguf_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_model_folder(gguf_file, folder)
    return folder


def test_token_ids_are_those_of_llama_cpp(gguf_file, folder):
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


def test_logits_are_those_of_llama_cpp(gguf_file, folder):
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


def test_ends_of_answers_and_the_chat_template_come_along(folder):
    from transformers import AutoTokenizer, GenerationConfig

    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.bos_token, tokenizer.eos_token) == ("<|im_start|>", "<|im_end|>")
    assert GenerationConfig.from_pretrained(folder).eos_token_id == tokenizer.eos_token_id
    assert tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False) == "user: Hi<|im_end|>"


def test_a_tokenizer_that_splits_otherwise_is_refused(tmp_path):
    _write_gguf(tmp_path / "other.gguf", "qwen2")
    (tmp_path / "model").mkdir()
    with pytest.raises(InputError, match="SmolLM"):
        write_model_folder(tmp_path / "other.gguf", tmp_path / "model")


def _write_gguf(file, pre_tokenizer):
    sys.path.insert(0, str(LLAMA_CPP / "gguf-py"))
    import gguf
    from tokenizers.pre_tokenizers import ByteLevel

    tokens = [*CONTROL, *sorted(ByteLevel.alphabet()), *(merge.replace(" ", "") for merge in MERGES)]
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(CONTROL) + [1] * (len(tokens) - len(CONTROL)))
    writer.add_token_merges(MERGES)
    writer.add_add_bos_token(False)
    for role, number in (("unk", 0), ("bos", 1), ("eos", 2), ("pad", 2)):
        getattr(writer, f"add_{role}_token_id")(number)
    writer.add_chat_template("{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}<|im_end|>{% endfor %}")
    rng = np.random.default_rng(3)
    shapes = {"token_embd": (len(tokens), WIDTH), "output_norm": (WIDTH,)}
    for layer in range(LAYERS):
        shapes |= {
            f"blk.{layer}.attn_norm": (WIDTH,),
            f"blk.{layer}.attn_q": (WIDTH, WIDTH),
            f"blk.{layer}.attn_k": (WIDTH * KEY_HEADS // HEADS, WIDTH),
            f"blk.{layer}.attn_v": (WIDTH * KEY_HEADS // HEADS, WIDTH),
            f"blk.{layer}.attn_output": (WIDTH, WIDTH),
            f"blk.{layer}.ffn_norm": (WIDTH,),
            f"blk.{layer}.ffn_gate": (INNER, WIDTH),
            f"blk.{layer}.ffn_up": (INNER, WIDTH),
            f"blk.{layer}.ffn_down": (WIDTH, INNER),
        }
    for name, shape in shapes.items():
        values = rng.normal(1.0 if "norm" in name else 0.0, 0.2, shape).astype(np.float32)
        values = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)  # as many digits as bfloat16 holds
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
