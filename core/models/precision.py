"""Where models compute and in which number format: one choice for training, merging, scoring and chat. Needs torch."""

import json
from functools import cache
from typing import Literal

import torch

from core.models.folders import base_folder
from core.models.references import ModelLocation

Precision = Literal["float32", "bfloat16"]

_WIDE = 512
"""The hidden size from which matrix products, not the calls around them, take most of a step on a CPU."""


def device() -> torch.device:
    """Where models run: the GPU that this process is given, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def compute_dtype(location: ModelLocation) -> Precision:
    """What to hold the model's weights and compute in here.

    bfloat16 on hardware that multiplies it, float32 elsewhere. On a CPU narrow models stay in float32: their products
    are so small that bfloat16 gains nothing. Raises as `base_folder`.
    """
    if device().type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if _cpu_multiplies_bfloat16() and _hidden_size(location) >= _WIDE else "float32"


@cache
def _cpu_multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16 products; without them they are slower than float32's."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _hidden_size(location: ModelLocation) -> int:
    config = json.loads((base_folder(location) / "config.json").read_text(encoding="utf-8"))
    config = config.get("text_config", config)
    return config.get("hidden_size") or config.get("n_embd") or 0
