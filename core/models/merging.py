"""Merges an adapter into its base, in the way that answers most like the model as it was trained.

An adapter trained over 4-bit weights has learned to make up for what quantizing changed. It can be added to the base's
original weights or to the weights that the 4-bit ones stand for; which is closer is measured, not assumed.
"""

import json
import math
import shutil
from pathlib import Path

import torch
from torch import Tensor

from core.errors import InputError, ParityError
from core.examples.prompting import chat_template, end_ids
from core.models.folders import tokenizer_folder
from core.models.loading import base_folder, load_model, load_tokenizer
from core.models.precision import device
from core.models.references import ModelLocation

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt",
)  # fmt: skip


LARGEST_DIFFERENCE = 0.1
"""Between the logits of the merged model and of the model as trained, length over length. Rounding to 16 bits leaves up
to 0.02; merging what was trained over 4-bit weights into the original ones leaves 0.03 to 0.2, which is why that is not
the only way tried; a merge that misses a part of the adapter leaves 0.3 and more.
"""


def merge(location: ModelLocation, out: Path, dtype: str, four_bit: bool, texts: list[list[int]]) -> dict:
    """Write the merged model of the adapter at `location` and its tokenizer into `out`, an existing folder.

    `dtype` is what the adapter was trained over; the weights are saved in the base's own. `texts` are token ids on
    which the ways are compared. Returns the `method` taken, its `difference` (length of the difference of logits over
    length of the trained model's logits), the `differences` of every way tried, and the `dtype` saved. Raises
    InputError for an adapter that has no weights to add, ParityError when the merged model is not the trained one.
    """
    trained = load_model(location, dtype=dtype, four_bit=four_bit)
    if trained.active_peft_config.is_prompt_learning:
        raise InputError(
            f"{location.label} is an adapter of prompts, not of weights: it cannot be merged.", "Train a LoRA adapter."
        )
    wanted = _logits(trained, texts)
    saved_dtype = _own_dtype(base_folder(location))
    differences = {}
    for method in ("original", "dequantized") if four_bit else ("original",):
        merged = _merged(trained, location, dtype, saved_dtype, method)
        differences[method] = _difference(_logits(merged, texts), wanted)
    best = min(differences, key=differences.get)
    _check(differences[best], location)
    if best != method:
        merged = _merged(trained, location, dtype, saved_dtype, best)
    _save(merged.to(saved_dtype), location, out)
    return {
        "method": best,
        "difference": differences[best],
        "differences": differences,
        "dtype": str(saved_dtype).removeprefix("torch."),
    }


def _check(difference: float, location: ModelLocation) -> None:
    """Refuse a merge that is not the model as trained."""
    if difference <= LARGEST_DIFFERENCE:
        return
    how_far = f"{difference:.0%} of their length" if math.isfinite(difference) else "beyond what numbers can hold"
    raise ParityError(
        f"Merged, {location.label} would not be the model that was trained: its logits would move by {how_far}, "
        f"{LARGEST_DIFFERENCE:.0%} is allowed.",
        "The adapter is whole: use it on its base, or train again with a lower learning rate.",
    )


def copy_tokenizer(base: Path, tokenizer, out: Path) -> None:
    """The base's tokenizer files as they are (saving again would change them), and the chat template in a file."""
    _copy_tokenizer_files(base, out)
    (out / "chat_template.jinja").write_text(chat_template(tokenizer), encoding="utf-8")


def _copy_tokenizer_files(folder: Path, out: Path) -> None:
    for name in TOKENIZER_FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)


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
    """Length of the difference over length of what is wanted; infinite where a number is not finite."""
    difference = ((found - wanted).norm() / wanted.norm()).item()
    return difference if math.isfinite(difference) else math.inf


def _save(model, location: ModelLocation, out: Path) -> None:
    tokenizer = load_tokenizer(location)
    generation = model.generation_config
    ends = generation.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    generation.eos_token_id = sorted({*ends, *end_ids(tokenizer)} - {None}) or None
    model.generation_config = _valid(generation)
    model.save_pretrained(out)
    copy_tokenizer(base_folder(location), tokenizer, out)
    own = tokenizer_folder(location)
    if own != base_folder(location):  # an adapter made elsewhere may have added tokens
        _copy_tokenizer_files(own, out)


def _valid(generation):
    """`generation`, or where its author left it inconsistent, which Transformers will not save, just its tokens.

    Many models say how to sample (`temperature`, `top_p`) without saying that one should: then one should.
    """
    from transformers import GenerationConfig

    sampling = (generation.temperature, generation.top_p, generation.top_k, generation.min_p, generation.typical_p)
    if not generation.do_sample and any(value is not None for value in sampling):
        generation.do_sample = True
    try:
        generation.validate(strict=True)
    except ValueError:
        names = ("bos_token_id", "eos_token_id", "pad_token_id")
        return GenerationConfig(**{name: getattr(generation, name) for name in names})
    return generation
