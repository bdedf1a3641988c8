"""Turns a GGUF of the Llama architecture back into a model folder of Transformers: plain weights, tokenizer, settings.

Everything but the layout comes from the GGUF. It is read with the `gguf` package of the converter that the set-up
installs, which undoes every quantization that llama.cpp of the same commit can write.
"""

import json
import re
import sys
from pathlib import Path

from core.errors import InputError, UnavailableError

_GGUF_PACKAGE = Path(sys.prefix) / "share/llama.cpp/gguf-py"
_TENSORS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_LAYER_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_CONTROL, _USER_DEFINED = 3, 4  # kinds of tokens in `tokenizer.ggml.token_type`


def write_model_folder(gguf_file: Path, folder: Path) -> None:
    """Write config, generation config, tokenizer and bfloat16 weights of `gguf_file` into the existing `folder`.

    Raises InputError for a GGUF of another architecture or tokenizer, UnavailableError without the converter.
    """
    reader = _open(gguf_file)
    facts = {name: field.contents() for name, field in reader.fields.items()}
    if facts.get("general.architecture") != "llama" or facts.get("tokenizer.ggml.pre") != "smollm":
        raise InputError(
            f"{gguf_file.name} is not a Llama model with SmolLM's tokenizer.", "Use the model in safetensors instead."
        )
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    _write(folder / "config.json", _config(facts, tied))
    _write(folder / "generation_config.json", _end_tokens(facts))
    _write(folder / "tokenizer.json", _tokenizer(facts))
    _write(folder / "tokenizer_config.json", _tokenizer_config(facts))
    (folder / "chat_template.jinja").write_text(facts["tokenizer.chat_template"], encoding="utf-8")
    _write_weights(reader.tensors, facts, folder / "model.safetensors")


def _open(gguf_file: Path):
    if not _GGUF_PACKAGE.is_dir():
        raise UnavailableError(
            "llama.cpp's converter is not installed.", "Run `make run`: it installs what is missing."
        )
    sys.path.insert(0, str(_GGUF_PACKAGE))
    import gguf

    return gguf.GGUFReader(gguf_file)


def _config(facts: dict, tied: bool) -> dict:
    heads = facts["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "vocab_size": len(facts["tokenizer.ggml.tokens"]),
        "hidden_size": facts["llama.embedding_length"],
        "intermediate_size": facts["llama.feed_forward_length"],
        "num_hidden_layers": facts["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": facts["llama.attention.head_count_kv"],
        "head_dim": facts["llama.embedding_length"] // heads,
        "hidden_act": "silu",
        "max_position_embeddings": facts["llama.context_length"],
        "rms_norm_eps": float(f"{facts['llama.attention.layer_norm_rms_epsilon']:.6g}"),  # single precision in a GGUF
        "rope_parameters": {"rope_type": "default", "rope_theta": facts["llama.rope.freq_base"]},
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        **_end_tokens(facts),
    }


def _end_tokens(facts: dict) -> dict:
    return {
        "bos_token_id": facts["tokenizer.ggml.bos_token_id"],
        "eos_token_id": facts["tokenizer.ggml.eos_token_id"],
        "pad_token_id": facts["tokenizer.ggml.padding_token_id"],
    }


def _tokenizer(facts: dict) -> dict:
    """The tokenizer as the library of that name reads it. SmolLM splits off every digit before bytes are paired."""
    kinds = facts["tokenizer.ggml.token_type"]
    tokens = facts["tokenizer.ggml.tokens"]
    added = [number for number, kind in enumerate(kinds) if kind in (_CONTROL, _USER_DEFINED)]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    by_bytes = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": number, "content": tokens[number], **plain, "special": kinds[number] == _CONTROL} for number in added
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, by_bytes],
        },
        "post_processor": None,
        "decoder": by_bytes | {"add_prefix_space": True},
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in facts["tokenizer.ggml.merges"]],
        },
    }


def _tokenizer_config(facts: dict) -> dict:
    def token(role: str) -> str:
        return facts["tokenizer.ggml.tokens"][facts[f"tokenizer.ggml.{role}_token_id"]]

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",  # takes tokenizer.json as it is; others build their own
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "pad_token": token("padding"),
        "unk_token": token("unknown"),
        "model_max_length": facts["llama.context_length"],
        "clean_up_tokenization_spaces": False,
    }


def _write_weights(tensors: list, facts: dict, file: Path) -> None:
    import gguf
    import torch
    from safetensors.torch import save_file

    heads = {"attn_q": facts["llama.attention.head_count"], "attn_k": facts["llama.attention.head_count_kv"]}
    weights = {}
    for tensor in tensors:
        values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy())
        part = tensor.name.split(".")[-2]
        if part in heads:
            values = _rows_as_transformers_has_them(values, heads[part])
        weights[_name(tensor.name)] = values.to(torch.bfloat16).contiguous()
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(0o644)  # it is written as a temporary file, for its owner alone


def _rows_as_transformers_has_them(values, heads: int):
    """Undo the converter's order of a query's or key's rows: llama.cpp rotates neighbours, Transformers halves."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _name(tensor: str) -> str:
    if tensor in _TENSORS:
        return _TENSORS[tensor]
    layer = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", tensor)
    if not layer or layer[2] not in _LAYER_TENSORS:
        raise InputError(
            f"The GGUF holds a tensor that is not known: {tensor}.", "Use the model in safetensors instead."
        )
    return f"model.layers.{layer[1]}.{_LAYER_TENSORS[layer[2]]}.weight"


def _write(file: Path, value: dict) -> None:
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
