"""Which tensor of a model's files, or of an adapter's file, is which weight of the base."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.models.folder_safety import ADAPTER_WEIGHTS
from core.models.merging.stored import DTYPES, Stored

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_WRAPPERS = re.compile(r"\b(?:base_layer|original_module|token_adapter)\.")


def plain_name(name: str) -> str:
    """The name that a weight has without PEFT's wrappers around its layer."""
    return _WRAPPERS.sub("", name)


def by_name(
    model: "PreTrainedModel", tensors: list[Stored], key_mapping: dict[str, str] | None
) -> tuple[dict[str, Stored], bool]:
    """The stored tensor of each weight, and whether none has to be put together from several.

    `key_mapping` are patterns of stored names and what to write for them, as `from_pretrained` takes them.
    """
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

    rules = get_model_conversion_mapping(model, key_mapping)
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    converters = [rule for rule in rules if isinstance(rule, WeightConverter)]
    expected, prefix = model.state_dict(), model.base_model_prefix
    found, one_to_one = {}, True
    for tensor in tensors:
        name, converter = rename_source_key(tensor.key, renamings, converters, prefix, expected)
        if name not in expected and tensor.key in expected:
            name, converter = tensor.key, None
        if name in expected:
            one_to_one = one_to_one and converter is None
            found[name] = tensor
    return found, one_to_one


def share_tied(model: "PreTrainedModel", stored: dict[str, Stored]) -> set[str]:
    """Let tied weights find the tensor that is stored for one of them. Returns the names of the others."""
    shared = set()
    for pair in model.all_tied_weights_keys.items():
        for name, other in (pair, pair[::-1]):
            if name not in stored and other in stored:
                stored[name] = stored[other]
                shared.add(name)
    return shared


def held_by(folder: Path, names: set[str]) -> dict[str, str]:
    """The base weights of which an adapter's file has a copy, and their names in the file."""
    from safetensors import safe_open

    with safe_open(folder / ADAPTER_WEIGHTS, "pt") as weights:
        plain = {plain_name(key.removeprefix("base_model.model.")): key for key in weights.keys()}  # noqa: SIM118
    return {name: key for name, key in plain.items() if name in names}


def carried_by(folder: Path, names: set[str], stored: dict[str, Stored]) -> set[str]:
    """The base weights of which an adapter's file has a copy that differs from the base's."""
    from safetensors import safe_open

    held = held_by(folder, names).items()
    with safe_open(folder / ADAPTER_WEIGHTS, "pt") as weights:
        return {name for name, key in held if name not in stored or not _is_same(weights.get_tensor(key), stored[name])}


def _is_same(weight: Tensor, stored: Stored) -> bool:
    if stored.shape != tuple(weight.shape) or stored.dtype not in DTYPES:
        return False
    return torch.equal(weight.to(DTYPES[stored.dtype]), stored.read())
