"""Full fine-tuning: all weights are trained. A checkpoint is a model folder, and so is what is published.

Weights are held in float32 and, where the hardware multiplies it faster, computed in bfloat16 (mixed precision:
Micikevicius et al., 2018, arXiv:1710.03740). Weights held in bfloat16 lose every update smaller than 1/512 of a weight,
which at usual learning rates is nearly all; a float32 copy beside them would need more memory than float32 alone.
"""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.models.precision import Precision
from core.models.saving import copy_tokenizer, generation_of
from core.training.trained.trained import Group, weights_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_SETTINGS = ("generation_config.json", "model.safetensors.index.json")


class AllWeights:
    """A `Trained`. `base` is the folder of the model that training started from."""

    def __init__(
        self, model: "PreTrainedModel", precision: Precision, tokenizer: "PreTrainedTokenizerBase", base: Path
    ):
        self.model, self.precision, self._tokenizer, self._base = model, precision, tokenizer, base
        model.requires_grad_(True)
        model.generation_config = generation_of(model, tokenizer)

    def groups(self, weight_decay: float) -> list[Group]:
        """Matrices, which weight decay shrinks, and norms and biases, which it must not."""
        weights = [weight for _, weight in weights_of(self.model)]
        return [
            Group(params=[weight for weight in weights if weight.ndim > 1], rate=1.0, weight_decay=weight_decay),
            Group(params=[weight for weight in weights if weight.ndim <= 1], rate=1.0, weight_decay=0.0),
        ]

    def running(self) -> AbstractContextManager:
        return nullcontext()

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        copy_tokenizer(self._base, self._tokenizer, folder)

    def publish(self, checkpoint: Path, folder: Path) -> None:
        """The model in its base's own dtype, file by file: a large model is never in memory a second time."""
        from safetensors.torch import load_file, save_file

        config = json.loads((self._base / "config.json").read_text(encoding="utf-8"))
        dtype = config.get("dtype") or config.get("torch_dtype") or "float32"
        for file in checkpoint.glob("model*.safetensors"):
            held = load_file(file)
            cast = {
                name: weight.to(getattr(torch, dtype)) if weight.is_floating_point() else weight
                for name, weight in held.items()
            }
            save_file(cast, folder / file.name, metadata={"format": "pt"})
        for name in _SETTINGS:
            if (checkpoint / name).is_file():
                (folder / name).write_bytes((checkpoint / name).read_bytes())
        trained = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(trained | {"dtype": dtype}, indent=2) + "\n", encoding="utf-8")
