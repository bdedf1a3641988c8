"""Merges an adapter into its base, in whichever way answers most like the model as it was trained.

An adapter trained over 4-bit weights has learned to compensate for their quantization. It can be added to the base's
original weights, or to the dequantized 4-bit ones; which is closer is measured, not assumed.
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.errors import InputError, ParityError
from core.models.folders import base_folder
from core.models.loading import load_model
from core.models.precision import Precision, device
from core.models.references import ModelLocation
from core.models.saving import save_merged

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

LARGEST_DIFFERENCE = 0.1
"""The most that merging may move the logits: norm of the difference over norm of the trained model's logits.

Rounding to 16 bits moves them by up to 0.02. Merging an adapter trained over 4-bit weights into the original ones moves
them by 0.03 to 0.2, which is why both ways are tried. A merge that misses part of the adapter moves them by 0.3 or
more.
"""


def merge(location: ModelLocation, out: Path, dtype: Precision, four_bit: bool, texts: list[list[int]]) -> dict:
    """Write the merged model of the adapter at `location` and its tokenizer into `out`, an existing folder.

    `dtype` and `four_bit` are how the base was held in training; the weights are saved in the base's own dtype. `texts`
    are token ids on which the methods are compared. Returns the `method` taken ("original" or "dequantized"), its
    `difference` (see LARGEST_DIFFERENCE), the `differences` of every method tried, and the `dtype` saved. Raises
    InputError for an adapter without weights to add, ParityError if the merged model differs from the trained one.
    """
    trained = load_model(location, dtype=dtype, four_bit=four_bit)
    if trained.active_peft_config.is_prompt_learning:
        raise InputError(
            f"{location.label} is a prompt-learning adapter without weights to merge.", "Train a LoRA adapter."
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
    save_merged(merged.to(saved_dtype), location, out)
    return {
        "method": best,
        "difference": differences[best],
        "differences": differences,
        "dtype": str(saved_dtype).removeprefix("torch."),
    }


def _check(difference: float, location: ModelLocation) -> None:
    """Raise ParityError if the merged model differs too much from the model as trained."""
    if difference <= LARGEST_DIFFERENCE:
        return
    how_far = f"move by {difference:.0%}" if math.isfinite(difference) else "become infinite or NaN"
    raise ParityError(
        f"The merged model would differ from {location.label} as trained: its logits would {how_far}; "
        f"{LARGEST_DIFFERENCE:.0%} is allowed.",
        "The adapter is intact: use it on its base, or train again with a lower learning rate.",
    )


def _own_dtype(base: Path) -> torch.dtype:
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")


@torch.no_grad()
def _merged(
    trained: "PeftModel", location: ModelLocation, dtype: Precision, saved_dtype: torch.dtype, method: str
) -> "PreTrainedModel":
    """The base with the adapter added, rounded to the dtype that will be saved, then back to `dtype` to compare."""
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
def _logits(model: "PeftModel | PreTrainedModel", texts: list[list[int]]) -> Tensor:
    """Logits at every position of every text, (positions, vocabulary), fp32."""
    return torch.cat([model(torch.tensor([ids], device=device())).logits[0].float() for ids in texts])


def _difference(found: Tensor, wanted: Tensor) -> float:
    """Norm of the difference over norm of `wanted`; infinite if a number is not finite."""
    difference = ((found - wanted).norm() / wanted.norm()).item()
    return difference if math.isfinite(difference) else math.inf
