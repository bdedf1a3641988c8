"""Loads what a run trains: from its base, or from the checkpoint that it resumes from."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.models.folders import base_folder
from core.models.loading import load_model
from core.models.precision import Precision, precision_of
from core.models.references import ModelLocation
from core.processes.allocator import give_back_now
from core.specs import TrainSpec
from core.training.trained.adapter import Adapter, with_new_adapter
from core.training.trained.forward import compute_in, set_up_forward
from core.training.trained.trained import Trained
from core.training.trained.whole import AllWeights

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_untrained(spec: TrainSpec, location: ModelLocation) -> "PreTrainedModel":
    """The base at `location` in eval mode, held and computed as it is in training."""
    precision = precision_of(spec.precision, location)
    model = _held_as_in_training(spec, location, precision)
    compute_in(model, precision)
    return model


def load_trained(
    spec: TrainSpec, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", start: Path | None
) -> Trained:
    """What `spec` trains over the base at `location`, on its device, with the weights of the checkpoint `start`."""
    precision, whole = precision_of(spec.precision, location), spec.tuning == "full"
    kind = "transformers" if whole else "adapter"
    source = ModelLocation(kind, str(start), location.path, start.name) if start else location
    model = _held_as_in_training(spec, source, precision)
    trained: Trained
    if whole:
        trained = AllWeights(model, precision, tokenizer, base_folder(location))
    else:
        trained = Adapter(model if start else with_new_adapter(model, spec), precision, spec.lora_plus_ratio)
    set_up_forward(trained.model, spec, precision)
    give_back_now()  # weights may have been copied into larger matrices, piece by piece
    return trained


def _held_as_in_training(spec: TrainSpec, location: ModelLocation, precision: Precision) -> "PreTrainedModel":
    """A base, or a base with an adapter that takes gradients."""
    if spec.tuning == "full":
        return load_model(location, "float32")
    return load_model(location, precision, four_bit=spec.load_in_4bit, eight_bit=spec.load_in_8bit, trainable=True)
