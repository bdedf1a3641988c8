"""A GGUF of a very small Llama with SmolLM's pre-tokenizer."""

from pathlib import Path

import numpy as np

from core.models.smollm2.from_gguf import gguf_package

HEADS, KEY_HEADS, WIDTH, LAYERS, INNER = 4, 2, 64, 2, 96
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["Ġ t", "t h", "Ġt h", "1 2", "h e", "Ġth e", "Ġ Ġ", "â Ģ"]


def write_small_gguf(file: Path, pre_tokenizer: str = "smollm") -> None:
    """Write it as the converter would, with random weights that bfloat16 represents exactly."""
    from tokenizers.pre_tokenizers import ByteLevel

    gguf = gguf_package()
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
        values = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)  # bfloat16's precision
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
