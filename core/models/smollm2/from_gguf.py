"""Turns a GGUF of the Llama architecture back into a Transformers model folder: plain weights, tokenizer, settings.

Everything but the layout comes from the GGUF. It is read with the `gguf` package of the converter that the set-up
installs, which dequantizes every type that llama.cpp of the same commit can write.
"""

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from core.errors import InputError, UnavailableError
from core.models.smollm2.gguf_settings import config, special_token_ids, tokenizer, tokenizer_config

if TYPE_CHECKING:
    from gguf import ReaderTensor
    from torch import Tensor

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


def write_model_folder(gguf_file: Path, folder: Path) -> None:
    """Write config, generation config, tokenizer and bfloat16 weights of `gguf_file` into the existing `folder`.

    Raises InputError for another architecture or tokenizer, UnavailableError if the converter is not installed.
    """
    reader = gguf_package().GGUFReader(gguf_file)
    facts = {name: field.contents() for name, field in reader.fields.items()}
    if facts.get("general.architecture") != "llama" or facts.get("tokenizer.ggml.pre") != "smollm":
        raise InputError(
            f"{gguf_file.name} is not a Llama model with SmolLM's tokenizer.", "Use the model in safetensors instead."
        )
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    _write(folder / "config.json", config(facts, tied))
    _write(folder / "generation_config.json", special_token_ids(facts))
    _write(folder / "tokenizer.json", tokenizer(facts))
    _write(folder / "tokenizer_config.json", tokenizer_config(facts))
    (folder / "chat_template.jinja").write_text(facts["tokenizer.chat_template"], encoding="utf-8")
    _write_weights(reader.tensors, facts, folder / "model.safetensors")


def gguf_package() -> ModuleType:
    """llama.cpp's package `gguf`. Raises UnavailableError when the set-up has not installed it."""
    if not _GGUF_PACKAGE.is_dir():
        raise UnavailableError(
            "llama.cpp's converter is not installed.", "Run `make run`: it installs what is missing."
        )
    sys.path.insert(0, str(_GGUF_PACKAGE))
    try:
        import gguf
    finally:
        sys.path.remove(str(_GGUF_PACKAGE))  # a package `tests` lies beside it, and would hide ours
    return gguf


def _write_weights(tensors: "list[ReaderTensor]", facts: dict, file: Path) -> None:
    import torch
    from safetensors.torch import save_file

    heads = {"attn_q": facts["llama.attention.head_count"], "attn_k": facts["llama.attention.head_count_kv"]}
    dequantize = gguf_package().quants.dequantize
    weights = {}
    for tensor in tensors:
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        part = tensor.name.split(".")[-2]
        if part in heads:
            values = _rows_for_transformers(values, heads[part])
        weights[_name(tensor.name)] = values.to(torch.bfloat16).contiguous()
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(0o644)  # save_file makes it readable for its owner only


def _rows_for_transformers(values: "Tensor", heads: int) -> "Tensor":
    """Undo the converter's row order of query and key weights, (rows, columns).

    In rotary embeddings llama.cpp pairs neighbouring rows; Transformers pairs the two halves of a head.
    """
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _name(tensor: str) -> str:
    """A tensor's name in Transformers. Raises InputError for one that a Llama model does not have."""
    if tensor in _TENSORS:
        return _TENSORS[tensor]
    layer = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", tensor)
    if not layer or layer[2] not in _LAYER_TENSORS:
        raise InputError(f"The GGUF has an unknown tensor: {tensor}.", "Use the model in safetensors instead.")
    return f"model.layers.{layer[1]}.{_LAYER_TENSORS[layer[2]]}.weight"


def _write(file: Path, value: dict) -> None:
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
