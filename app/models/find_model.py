"""Finding the model that a reference names, and saying why one cannot be used."""

from pathlib import Path
from typing import NamedTuple

from app.models.catalogue import default_model
from app.models.model_list import models, named_in
from app.plumbing.hub import model_on_hub
from core.errors import InputError, NotFoundError, TunewrightError
from core.gguf.header import check_gguf
from core.models.catalogue import find_in_catalogue
from core.models.hub.cache import cached
from core.models.references import locate, no_model
from storage.actors import Actor


class FoundModel(NamedTuple):
    """An existing model: its reference in specs, and a short label."""

    reference: str
    label: str


def why_no_base(actor: Actor, reference: str) -> str | None:
    """Why the named model cannot be a base model, as far as can be told without loading it; None if it can.

    Raises UnavailableError if only the hub knows and it does not answer.
    """
    try:
        location = locate(find_model(actor, reference).reference)
    except TunewrightError as error:
        return f"{error.message} Name a model of the hub as owner/name, or a folder with safetensors weights."
    if location.kind not in ("transformers", "hub"):
        return f"{location.label} is not a complete model: name the base model that it was made from."
    if location.kind == "hub" and not cached(location.path, location.revision):
        try:
            model_on_hub(location.path, location.revision)
        except (InputError, NotFoundError) as error:
            return f"{error.message} {error.remedy}"
    return None


def find_model(actor: Actor, reference: str | None, base_model: str | None = None) -> FoundModel:
    """The model with this id (its own or its run's), name, hub id or path, checked without loading it.

    Only a reference with a slash is a path. Raises InputError, NotFoundError or CorruptArtifactError.
    """
    if not reference:
        raise InputError("No model was given.", "Name a model of the catalogue, a run's folder, a GGUF or a hub id.")
    if "\0" in reference:
        raise InputError("A model's name cannot contain a NUL character.", "Give its folder, file or id.")
    made = models(actor)
    known = next((model for model in made if reference in (model["id"], model["job_id"])), None)
    if known:
        reference = known["reference"]
    elif "/" not in reference and not find_in_catalogue(reference):
        raise no_model(reference)  # only a reference with a slash is a path, whatever the working directory contains
    location = locate(reference, base_model)
    if location.kind == "gguf":
        check_gguf(Path(location.path))
    if location.kind == "hub" or find_in_catalogue(reference):
        return FoundModel(reference, location.label)
    place = str(Path(reference).expanduser().absolute())
    known = known or named_in(made, place)
    return FoundModel(place, known["label"] if known else location.label)


def model_or_default(actor: Actor, values: dict) -> str:
    return default_model(actor) if values.get("model") is None else values["model"]


def resolve_model(actor: Actor, values: dict) -> FoundModel:
    """Replace `model` and `base_model` in `values` by their references."""
    if values.get("base_model"):
        values["base_model"] = find_model(actor, values["base_model"]).reference
    found = find_model(actor, values.get("model"), values.get("base_model"))
    values["model"] = found.reference
    return found
