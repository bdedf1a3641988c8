"""Ways to damage an adapter, each a copy of its folder with other weights."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Weights = dict[str, torch.Tensor]
_LAYER = re.compile(r"\.layers\.(\d+)\.")


def noisy(weights: Weights) -> Weights:
    """Each matrix with noise five times as large as itself."""
    dice = torch.Generator().manual_seed(11)
    return {
        name: one + 5 * one.std() * torch.randn(one.shape, generator=dice).to(one.dtype)
        for name, one in weights.items()
    }


def zeroed(weights: Weights) -> Weights:
    """The later half of the layers without what they learned."""
    first = 1 + max(_layer(name) for name in weights) // 2
    return {name: torch.zeros_like(one) if _layer(name) >= first else one for name, one in weights.items()}


def reversed_layers(weights: Weights) -> Weights:
    """What each layer learned in the place of another: the first layer's in the last."""
    last = max(_layer(name) for name in weights)
    return {_LAYER.sub(f".layers.{last - _layer(name)}.", name): one for name, one in weights.items()}


def negated(weights: Weights) -> Weights:
    """What was learned with its sign turned round."""
    return {name: -one if "lora_B" in name else one for name, one in weights.items()}


WAYS: tuple[Callable[[Weights], Weights], ...] = (noisy, zeroed, reversed_layers, negated)


def damaged(adapter: Path, folder: Path, way: Callable[[Weights], Weights]) -> Path:
    """A copy of the `adapter` in `folder`, damaged one way: its manifest would tell, so that is left out."""
    shutil.copytree(adapter, folder, ignore=shutil.ignore_patterns("manifest.json"))
    file = folder / "adapter_model.safetensors"
    save_file(way(load_file(file)), file, {"format": "pt"})
    assert json.loads((folder / "adapter_config.json").read_text())["r"]
    return folder


def _layer(name: str) -> int:
    return int(_LAYER.search(name)[1])
