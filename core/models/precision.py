"""The device and number format that models compute in: one choice for training, merging, scoring and chat."""

import json
import math
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open

from core.machine import memory_bytes
from core.models.folders import base_folder
from core.models.references import ModelLocation

Precision = Literal["float32", "bfloat16", "float16"]

_WIDE = 512
"""From this hidden size on, matrix products take most of a step on a CPU, not the overhead around them."""


def device() -> torch.device:
    """The GPU that this process was given, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def compute_dtype(location: ModelLocation) -> Precision:
    """The dtype to hold and compute the model's weights in on this machine.

    bfloat16 on hardware that multiplies it, float32 elsewhere. Narrow models stay in float32 on a CPU: their matrix
    products are too small for bfloat16 to pay. Raises what `base_folder` raises.
    """
    if device().type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if _cpu_multiplies_bfloat16() and _hidden_size(location) >= _WIDE else "float32"


def exact_dtype(location: ModelLocation) -> Precision:
    """The dtype in which an answer is the same alone and in a batch: float32 on a CPU, `compute_dtype` on a GPU.

    In bfloat16 the likeliest two tokens are often equal, and what shares a batch decides. Models whose weights would
    take more than a quarter of the memory in float32 stay in `compute_dtype`.
    """
    if device().type == "cuda":
        return compute_dtype(location)
    return "float32" if 4 * _weights(base_folder(location)) <= memory_bytes() // 4 else compute_dtype(location)


def _weights(folder: Path) -> int:
    """How many numbers a model's files hold, in whichever dtype."""
    count = 0
    for file in folder.glob("*.safetensors"):
        with suppress(SafetensorError), safe_open(file, framework="pt") as opened:  # who loads it names a bad file
            names = opened.keys()
            count += sum(math.prod(opened.get_slice(name).get_shape()) for name in names)
    return count


def precision_of(asked: Literal["auto"] | Precision, location: ModelLocation) -> Precision:
    """The precision asked for; `auto` is `compute_dtype`."""
    return compute_dtype(location) if asked == "auto" else asked


@cache
def _cpu_multiplies_bfloat16() -> bool:
    """Whether the CPU has instructions for bfloat16 products; without them bfloat16 is slower than float32."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _hidden_size(location: ModelLocation) -> int:
    config = json.loads((base_folder(location) / "config.json").read_text(encoding="utf-8"))
    config = config.get("text_config", config)
    return config.get("hidden_size") or config.get("n_embd") or 0
