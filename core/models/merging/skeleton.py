"""A model, with its adapter if it has one, whose base weights stay on disk until a module needs them."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from core.models.adapters import put_adapter
from core.models.folder_safety import read_object
from core.models.folders import base_folder, model_folder
from core.models.loading import text_part
from core.models.merging.matching import by_name, carried_by, held_by, plain_name, share_tied
from core.models.merging.nf4 import quantized_layers, through_nf4
from core.models.merging.stored import DTYPES, has_stored_tensors, stored_tensors
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

_PLAIN_STARTS = (True, False, None, "gaussian", "orthogonal")
"""Values of `init_lora_weights` that leave the base's weights as they are; PiSSA, OLoRA and others change them."""


class Skeleton:
    """A model of which only the adapter is in memory. Other weights are on the meta device, so that using one raises.

    `stored` finds a base weight's tensor by the name that the base model, without adapter, gives it. `shared` are names
    without a tensor of their own: tied weights are stored once.
    """

    def __init__(self, location: ModelLocation, dtype: torch.dtype):
        from accelerate import init_empty_weights
        from transformers import AutoConfig, AutoModelForCausalLM

        folder = base_folder(location)
        part = text_part(folder)
        config = part.get("config") or AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        with init_empty_weights(include_buffers=False):  # buffers are computed, not stored
            model = AutoModelForCausalLM.from_config(config, dtype=dtype)
        self.tensors = stored_tensors(folder)
        self.stored, self.is_one_to_one = by_name(model, self.tensors, part.get("key_mapping"))
        self.shared = share_tied(model, self.stored)
        self.quantized = quantized_layers(model)
        self.conv1d = {name for name in self.quantized if type(model.get_submodule(name)) is not torch.nn.Linear}
        names = {name for name, _ in model.named_parameters(remove_duplicate=False)}
        self.has_stored_buffers = not self.stored.keys() <= names
        self.model: PreTrainedModel | PeftModel = model
        self.carried: set[str] = set()
        """Base weights that the adapter's file holds whole and changed, such as embeddings that were resized."""
        if location.kind == "adapter":
            folder = model_folder(location)
            self.carried = carried_by(folder, names, self.stored)
            _hold_no_memory(model, held_by(folder, names).keys())
            self.model = put_adapter(model, folder, trainable=False)
        self.base: PreTrainedModel = model
        self._names: dict[str, str] = {}
        placed = list(model.named_parameters(remove_duplicate=False))
        self.carried -= {plain_name(name) for name, _ in placed if _is_saved_instead(model, name)}
        for name, parameter in placed:
            plain = plain_name(name)
            if plain in names:
                self._names[name] = plain
                if plain not in self.carried:
                    _put(self.base, name, parameter.to("meta"))
        self.model.eval()

    def parameters_of(self, module_name: str) -> Iterator[tuple[str, str]]:
        """The base's weights in a module: each by its name in `base`, and by its name without adapter."""
        start = f"{module_name}." if module_name else ""
        return ((name, plain) for name, plain in self._names.items() if name.startswith(start))

    def shape_of(self, plain: str) -> tuple[int, ...]:
        """The shape of a weight in the model; another than stored if the adapter has added tokens."""
        return next(tuple(self.base.get_parameter(name).shape) for name, one in self._names.items() if one == plain)

    def is_untied(self) -> bool:
        """Whether embedding and head have weights of their own, which tied ones lose to an adapter for one of them."""
        return not getattr(self.base.config, "tie_word_embeddings", False)

    def put(self, name: str, weight: Tensor) -> None:
        """Bring a base weight into memory, by its name in `base`."""
        _put(self.base, name, weight)

    def take(self, name: str) -> None:
        """Free a base weight, unless the adapter brought it."""
        if not self.is_replaced(name):
            _put(self.base, name, self.base.get_parameter(name).to("meta"))

    def read(self, plain: str, dtype: torch.dtype | None, four_bit: bool) -> Tensor:
        """A base weight as stored, cast to `dtype`; with `four_bit`, what its 4-bit form dequantizes to."""
        weight = self.stored[plain].read(dtype)
        layer = plain.removesuffix(".weight")
        return through_nf4(weight, layer in self.conv1d) if four_bit and layer in self.quantized else weight

    def is_complete(self) -> bool:
        """Whether each weight that the model uses is one stored tensor of its shape, and nothing else is stored."""
        if not self.is_one_to_one or self.has_stored_buffers or self._tied_to_carried():
            return False
        used = {name: plain for name, plain in self._names.items() if not self.is_replaced(name)}
        return all(
            plain in self.stored
            and self.stored[plain].dtype in DTYPES
            and self.stored[plain].shape == tuple(self.base.get_parameter(name).shape)
            for name, plain in used.items()
        )

    def _tied_to_carried(self) -> bool:
        """Whether the adapter brings one of two tied weights, and so changes the other."""
        ties = self.base.all_tied_weights_keys.items()
        return any((one in self.carried) != (other in self.carried) for one, other in ties)

    def is_replaced(self, name: str) -> bool:
        """Whether the adapter brings this weight whole, or another in place of it (`modules_to_save`)."""
        return self._names[name] in self.carried or _is_saved_instead(self.base, name)


def can_be_streamed(location: ModelLocation) -> bool:
    """Whether the model's weights can be read one by one, each module's from tensors of its own.

    Not those that Transformers rearranges on loading (the experts of some mixtures), and not adapters whose making
    changes the base (PiSSA) or that are no LoRA.
    """
    base = base_folder(location)
    if not has_stored_tensors(base) or "quantization_config" in read_object(base / "config.json"):
        return False
    if location.kind == "adapter":
        adapter = read_object(model_folder(location) / "adapter_config.json")
        unusual = adapter.get("target_parameters") or adapter.get("layer_replication")
        if adapter["peft_type"] != "LORA" or adapter.get("init_lora_weights", True) not in _PLAIN_STARTS or unusual:
            return False
    return Skeleton(location, torch.float32).is_complete()


def _is_saved_instead(base: "PreTrainedModel", name: str) -> bool:
    """Whether a weight is the original of a module that the adapter has whole (`modules_to_save`)."""
    from peft.utils.other import ModulesToSaveWrapper

    owner, found, _ = name.partition(".original_module.")
    return bool(found) and isinstance(base.get_submodule(owner), ModulesToSaveWrapper)


@torch.no_grad()
def _hold_no_memory(model: "PreTrainedModel", kept: Collection[str]) -> None:
    """Make each weight one number that is read as often as the shape asks: PEFT sets its adapter up as over real ones.

    Over meta weights it would leave the adapter on the meta device too. Weights in `kept`, and those tied to them, get
    memory.
    """
    kept = {*kept, *(name for pair in model.all_tied_weights_keys.items() if {*pair} & {*kept} for name in pair)}
    for name, parameter in list(model.named_parameters(remove_duplicate=False)):
        weight = torch.zeros((), dtype=parameter.dtype).expand(parameter.shape)
        _put(model, name, weight.clone() if name in kept else weight)
    model.tie_weights()


def _put(model: Module, name: str, weight: Tensor) -> None:
    owner, _, attribute = name.rpartition(".")
    model.get_submodule(owner)._parameters[attribute] = Parameter(weight, requires_grad=False)
