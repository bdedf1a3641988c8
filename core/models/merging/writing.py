"""Writes the merged weights of an adapter: layer by layer from the base's files, or whole, as PEFT does."""

from collections import Counter
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from core.models.adapters import put_adapter
from core.models.folders import base_folder, model_folder
from core.models.loading import load_model
from core.models.merging.nf4 import quantized_layers, through_nf4
from core.models.merging.skeleton import Skeleton
from core.models.merging.stored import DTYPES, Planned, stored_tensors, write_index, write_tensors
from core.models.precision import Precision
from core.models.references import ModelLocation, locate
from core.models.saving import copy_config, copy_settings

Method = Literal["original", "dequantized"]
"""What the adapter is added to: the base's published weights, or what their NF4 form dequantizes to."""


def own_dtype(base: Path) -> torch.dtype:
    """The format of most of a model's weights."""
    sizes = Counter()
    for tensor in stored_tensors(base):
        sizes[tensor.dtype] += tensor.size_bytes if tensor.dtype in DTYPES else 0
    return DTYPES.get(max(sizes, key=sizes.get), torch.float32)


def write_by_tensor(location: ModelLocation, out: Path, dtype: Precision, method: Method) -> None:
    """Write the base's files with the adapter added, each tensor in its own format. One layer is in memory at a time.

    PEFT merges the layers, so the result is that of its `merge_and_unload`, bit for bit. What the adapter leaves alone
    is copied as bytes. `dtype` is the one that the base was quantized from.
    """
    skeleton = Skeleton(location, own_dtype(base_folder(location)))
    layers = _MergedLayers(skeleton, getattr(torch, dtype), method)
    names = {tensor.key: name for name, tensor in skeleton.stored.items() if name not in skeleton.shared}
    files: dict[str, list[Planned]] = {}
    for tensor in skeleton.tensors:
        planned = files.setdefault(tensor.path.name, [])
        name = names.get(tensor.key)
        if name in layers.changed:
            planned.append(Planned(tensor.key, tensor.dtype, skeleton.shape_of(name)))
        else:
            planned.append(Planned(tensor.key, tensor.dtype, tensor.shape, tensor))
    if skeleton.is_untied():
        for name in sorted(skeleton.shared):
            tensor = skeleton.stored[name]
            copied = None if name in layers.changed else tensor
            planned.append(Planned(name, tensor.dtype, skeleton.shape_of(name), copied))
    for file, planned in files.items():
        write_tensors(out / file, planned, lambda key: layers.merged(names.get(key, key)))
    if len(files) > 1:
        write_index(out, files)
    copy_config(base_folder(location), skeleton.base.config, out)
    copy_settings(location, out)


class _MergedLayers:
    """The weights that merging changes, made when they are asked for, each once; PEFT merges the adapted layers."""

    def __init__(self, skeleton: Skeleton, dtype: torch.dtype, method: Method):
        self._skeleton, self._dtype, self._four_bit = skeleton, dtype, method == "dequantized"
        self._waiting: dict[str, Tensor] = {}
        self._adapted: dict[str, str] = {}
        """The adapted layer that a weight belongs to."""
        for layer in _adapted_layers(skeleton.base):
            self._adapted |= {plain: layer for _, plain in skeleton.parameters_of(layer)}
        for name, plain in skeleton.parameters_of(""):
            if plain in skeleton.carried - self._adapted.keys():
                self._adapted[plain], self._waiting[plain] = plain, skeleton.base.get_parameter(name).detach()
        self.changed = self._adapted.keys() | {f"{name}.weight" for name in skeleton.quantized if self._four_bit}
        """Weights that differ from the base's: adapted ones, and into dequantized weights all that were quantized."""

    def merged(self, name: str) -> Tensor:
        """The merged weight called `name` in the base."""
        if name not in self._adapted:
            return self._base_weight(name)
        if name not in self._waiting:
            self._waiting |= self._merge(self._adapted[name])
        return self._waiting.pop(name)

    @torch.no_grad()
    def _merge(self, layer: str) -> dict[str, Tensor]:
        module = self._skeleton.base.get_submodule(layer)
        weights = list(self._skeleton.parameters_of(layer))
        for name, plain in weights:
            if not self._skeleton.is_replaced(name):
                self._skeleton.put(name, self._base_weight(plain))
        if hasattr(module, "unload_and_optionally_merge_module"):
            merged = module.unload_and_optionally_merge_module(merge=True, safe_merge=False, adapter_names=None)
        else:
            module.merge()
            merged = module.get_base_layer()
        found = {f"{layer}.{name}": weight for name, weight in merged.state_dict().items()}
        for name, _ in weights:
            self._skeleton.take(name)
        return found

    def _base_weight(self, plain: str) -> Tensor:
        """A weight to merge into: in its own format, or if it was quantized, in one that holds both."""
        stored = DTYPES[self._skeleton.stored[plain].dtype]
        if not self._four_bit or plain.removesuffix(".weight") not in self._skeleton.quantized:
            return self._skeleton.read(plain, None, four_bit=False)
        return self._skeleton.read(plain, self._dtype, four_bit=True).to(torch.promote_types(stored, self._dtype))


def _adapted_layers(base: torch.nn.Module) -> list[str]:
    """The layers that PEFT has wrapped, without wrappers inside wrappers."""
    found: list[str] = []
    for name, module in base.named_modules():
        is_wrapper = hasattr(module, "base_layer") or hasattr(module, "unload_and_optionally_merge_module")
        if is_wrapper and not any(name.startswith(f"{outer}.") for outer in found):
            found.append(name)
    return found


@torch.no_grad()
def write_whole(location: ModelLocation, out: Path, dtype: Precision, method: Method) -> None:
    """Write the merged model through PEFT and Transformers, with the base and its copy in memory."""
    from transformers import GenerationConfig

    saved = own_dtype(base_folder(location))
    wide = torch.promote_types(saved, getattr(torch, dtype)) if method == "dequantized" else saved
    base = load_model(locate(location.base), dtype=str(wide).removeprefix("torch."))
    if method == "dequantized":
        for name in quantized_layers(base):
            layer = base.get_submodule(name)
            is_conv1d = type(layer) is not torch.nn.Linear
            layer.weight.copy_(through_nf4(layer.weight.to(getattr(torch, dtype)), is_conv1d))
    merged = put_adapter(base, model_folder(location), trainable=False).merge_and_unload().to(saved)
    merged.generation_config = GenerationConfig()  # copied below; Transformers refuses to save some
    merged.save_pretrained(out)
    copy_settings(location, out)
