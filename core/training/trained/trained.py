"""What the loop, a checkpoint and the end of a run ask of what is trained.

Whether an adapter or all weights are trained, every other part of a run is the same.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict

from torch.nn import Module, Parameter

from core.models.precision import Precision

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


class Group(TypedDict):
    """Weights that an optimizer treats alike. `rate` times the run's learning rate is theirs."""

    params: list[Parameter]
    rate: float
    weight_decay: float


class Trained(Protocol):
    """A model whose weights to train take gradients and are held in float32."""

    model: "PeftModel | PreTrainedModel"
    precision: Precision
    """What the forward pass computes in."""

    def groups(self, weight_decay: float) -> list[Group]:
        """The weights to train; each is in one group."""

    def running(self) -> AbstractContextManager:
        """Entered while steps are taken."""

    def save(self, folder: Path) -> None:
        """Write what a resumed run loads into the existing `folder`."""

    def publish(self, checkpoint: Path, folder: Path) -> None:
        """Write the model of a checkpoint into the existing `folder`, in the form that later stages load."""


def weights_of(model: Module) -> list[tuple[str, Parameter]]:
    """The weights that are trained, by name, in the model's order. A weight used in two places is named once."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
