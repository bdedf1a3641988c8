"""The catalogue of base models, the default model, and what each takes."""

from dataclasses import asdict
from pathlib import Path

from app.plumbing.studio import store
from core.disk_space import size_bytes
from core.forecast.fitting import Weights, bytes_to_run, bytes_to_train, fit, weights_to_train
from core.forecast.shape import shape_of_known
from core.machine import this_machine
from core.models.catalogue import CATALOGUE, CatalogueModel, default_reference, find_in_catalogue
from storage.actors import Actor
from storage.preferences import DEFAULT_MODEL, preference
from storage.settings import settings


def default_model(actor: Actor) -> str:
    """The base model used when none is named: TUNEWRIGHT_DEFAULT_MODEL, else the one chosen under Settings, else
    SmolLM2 if available, else the starter model."""
    return settings().default_model or preference(store(), actor, DEFAULT_MODEL) or default_reference()


def catalogue(actor: Actor) -> list[dict]:
    """The catalogue: each base model, whether it is here, and what this machine can do with it and why.

    Memory in bytes: `memory.train_16_bit` and `train_4_bit` with one example of 512 tokens at a time, `memory.run` as a
    q4_k_m GGUF. `trains` is `16-bit`, `4-bit` or None.
    """
    machine = this_machine()
    default = default_model(actor)
    return [
        {
            "reference": model.reference,
            "name": model.name,
            "parameters": model.parameters,
            "license": model.license,
            "context": model.context,
            "languages": model.languages,
            "comes": model.comes,
            "hub_id": model.hub_id,
            "revision": model.revision,
            "gated": model.gated,
            "note": model.note,
            "here": model.is_here,
            "origin": model.origin,
            "default": model.reference == default,
            "how_to_get": model.how_to_get,
            "memory": {
                "train_16_bit": bytes_to_train(shape_of_known(model), False, machine),
                "train_4_bit": bytes_to_train(shape_of_known(model), True, machine),
                "run": bytes_to_run(model),
            },
            **asdict(fit(model, machine)),
        }
        for model in CATALOGUE
    ]


def weights_for(reference: str) -> Weights:
    """How this machine loads the model's weights for training by default. Raises as `find_model`."""
    return weights_to_train(reference, this_machine())


def parameters_of(reference: str) -> int | None:
    """A base model's parameter count, from the catalogue, else from the size of its 16-bit files; None if unknown."""
    if known := find_in_catalogue(reference):
        return known.parameters
    weights = Path(reference).expanduser().glob("*.safetensors") if "/" in reference else ()
    return sum(file.stat().st_size for file in weights) // 2 or None


def fetched_bytes(model: CatalogueModel) -> int:
    """The bytes downloaded for a model. The hub's cache links each file twice, so only its blobs are counted."""
    blobs = model.fetched_to / "blobs"
    return size_bytes(blobs if blobs.is_dir() else model.fetched_to)
