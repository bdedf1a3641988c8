"""Training an adapter (LoRA, rsLoRA, DoRA) beside frozen weights, which may be held in 4, 8 or more bits."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.errors import InputError
from core.models.folder_safety import ADAPTER_WEIGHTS
from core.models.precision import Precision
from core.specs import TrainSpec
from core.training.trained.trained import Group, weights_of

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


class Adapter:
    """A `Trained`. `plus_ratio` is LoRA+'s: by how much B learns faster than A."""

    def __init__(self, model: "PeftModel", precision: Precision, plus_ratio: float):
        self.model, self.precision, self._plus_ratio = model, precision, plus_ratio

    def groups(self, weight_decay: float) -> list[Group]:
        """One group, or with LoRA+ two (Hayou et al., 2024, arXiv:2402.12354): the matrices B, and all others."""
        named = weights_of(self.model)
        if self._plus_ratio == 1:
            return [Group(params=[weight for _, weight in named], rate=1.0, weight_decay=weight_decay)]
        is_b = [".lora_B." in name or ".lora_embedding_B." in name for name, _ in named]
        return [
            Group(
                params=[weight for (_, weight), is_one in zip(named, is_b, strict=True) if is_one == wanted],
                rate=rate,
                weight_decay=weight_decay,
            )
            for wanted, rate in ((False, 1.0), (True, self._plus_ratio))
        ]

    def running(self) -> AbstractContextManager:
        from peft.helpers import disable_input_dtype_casting

        return disable_input_dtype_casting(self.model)  # autocast already casts inputs

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink()  # PEFT's empty model card

    def publish(self, checkpoint: Path, folder: Path) -> None:
        for name in ("adapter_config.json", ADAPTER_WEIGHTS):
            shutil.copyfile(checkpoint / name, folder / name)


def with_new_adapter(model: "PreTrainedModel", spec: TrainSpec) -> "PeftModel":
    """The base with an adapter that changes nothing yet; its weights are float32 and follow from the seed.

    Raises InputError if the model has none of the LoRA targets.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=spec.lora_r,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        target_modules="all-linear" if spec.lora_targets == ("all-linear",) else list(spec.lora_targets),
        use_rslora=spec.use_rslora,
        use_dora=spec.use_dora,
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(spec.seed)
    try:
        return get_peft_model(model, config)
    except ValueError as error:  # PEFT names the modules it did not find
        raise InputError(f"These LoRA targets do not fit the model: {error}", "Use 'all-linear'.") from error
