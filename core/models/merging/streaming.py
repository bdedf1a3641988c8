"""Runs a model whose weights stay on disk: each block's are read when its turn comes, and freed after it."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch.nn import Module, ModuleList

from core.models.merging.skeleton import Skeleton
from core.models.precision import Precision, device
from core.models.references import ModelLocation
from core.processes.allocator import give_back_now

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def open_streamed(location: ModelLocation, dtype: Precision, four_bit: bool = False) -> "PreTrainedModel | PeftModel":
    """The model that `load_model` gives, for inference, with its largest block and its adapter in memory.

    `location` must be one that `can_be_streamed`. With `four_bit`, weights are what their NF4 form dequantizes to. Each
    pass reads every weight from disk.
    """
    skeleton = Skeleton(location, getattr(torch, dtype))
    skeleton.model._apply(lambda tensor: tensor if tensor.is_meta else tensor.to(device()))
    for name, module in _blocks(skeleton.base, ""):
        module.register_forward_pre_hook(partial(_fill, skeleton, name, four_bit))
        module.register_forward_hook(partial(_empty, skeleton, name))
    return skeleton.model


def _blocks(module: Module, name: str) -> Iterator[tuple[str, Module]]:
    """What to hold in memory at a time: the layers of the model, and outside them whatever has weights of its own.

    Layers are held whole, because some modules use another's weights (DoRA uses those of the layer that it adapts).
    """
    for child_name, child in module.named_children():
        full_name = f"{name}.{child_name}" if name else child_name
        if isinstance(child, ModuleList):
            yield from ((f"{full_name}.{number}", layer) for number, layer in enumerate(child))
        elif child._parameters or _is_wrapper(child):
            yield full_name, child
        else:
            yield from _blocks(child, full_name)


def _is_wrapper(module: Module) -> bool:
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    return isinstance(module, (BaseTunerLayer, AuxiliaryTrainingWrapper))


def _fill(skeleton: Skeleton, block: str, four_bit: bool, *_: object) -> None:
    for name, plain in skeleton.parameters_of(block):
        if not skeleton.is_replaced(name):
            dtype = skeleton.base.get_parameter(name).dtype
            skeleton.put(name, skeleton.read(plain, dtype, four_bit).to(device()))


def _empty(skeleton: Skeleton, block: str, *_: object) -> None:
    for name, _ in skeleton.parameters_of(block):
        skeleton.take(name)
    give_back_now()
