"""Merges an adapter into its base, in the way that answers most like the model as it was trained.

An adapter trained over 4-bit weights has learned to make up for what quantizing changed. It can be added to the base's
original weights or to the weights that the 4-bit ones stand for; which is closer is measured, not assumed.
"""

import json
import shutil
from pathlib import Path

import torch
from torch import Tensor

from core.models.loading import base_folder, device, load_model, load_tokenizer
from core.models.prompting import chat_template
from core.models.references import ModelLocation

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt",
)  # fmt: skip


def merge(location: ModelLocation, out: Path, dtype: str, four_bit: bool, texts: list[list[int]]) -> dict:
    """Write the merged model of the adapter at `location` and its tokenizer into `out`, an existing folder.

    `dtype` is what the adapter was trained over; the weights are saved in the base's own. `texts` are token ids on
    which the ways are compared. Returns the `method` taken, its `difference` (length of the difference of logits over
    length of the trained model's logits), the `differences` of every way tried, and the `dtype` saved.
    """
    trained = load_model(location, dtype=dtype, four_bit=four_bit)
    wanted = _logits(trained, texts)
    saved_dtype = _own_dtype(base_folder(location))
    differences = {}
    for method in ("original", "dequantized") if four_bit else ("original",):
        merged = _merged(trained, location, dtype, saved_dtype, method)
        differences[method] = _difference(_logits(merged, texts), wanted)
    best = min(differences, key=differences.get)
    if best != method:
        merged = _merged(trained, location, dtype, saved_dtype, best)
    _save(merged.to(saved_dtype), location, out)
    return {
        "method": best,
        "difference": differences[best],
        "differences": differences,
        "dtype": str(saved_dtype).removeprefix("torch."),
    }


def copy_tokenizer(base: Path, tokenizer, out: Path) -> None:
    """The base's tokenizer files as they are (saving again would change them), and the chat template in a file."""
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, out / name)
    (out / "chat_template.jinja").write_text(chat_template(tokenizer), encoding="utf-8")


def _own_dtype(base: Path) -> torch.dtype:
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")


@torch.no_grad()
def _merged(trained, location: ModelLocation, dtype: str, saved_dtype: torch.dtype, method: str):
    """The plain model with the adapter added, rounded to what will be saved; over the 4-bit weights if dequantized."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    plain = load_model(location, dtype=dtype)
    if method == "dequantized":
        for name, layer in trained.named_modules():
            if isinstance(layer, Linear4bit):
                weight = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
                plain.get_submodule(name).weight.copy_(weight)
    return plain.merge_and_unload().to(saved_dtype).to(getattr(torch, dtype))


@torch.no_grad()
def _logits(model, texts: list[list[int]]) -> Tensor:
    """Logits at every position of every text, positions × vocabulary, in fp32."""
    return torch.cat([model(torch.tensor([ids], device=device())).logits[0].float() for ids in texts])


def _difference(found: Tensor, wanted: Tensor) -> float:
    return ((found - wanted).norm() / wanted.norm()).item()


def _save(model, location: ModelLocation, out: Path) -> None:
    tokenizer = load_tokenizer(location)
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends] if ends is not None else []
    model.generation_config.eos_token_id = sorted({*ends, tokenizer.eos_token_id})
    model.save_pretrained(out)
    copy_tokenizer(base_folder(location), tokenizer, out)
