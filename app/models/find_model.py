"""Finding the model that a reference names, and saying why it cannot be used."""

from pathlib import Path
from typing import NamedTuple

from app.models.catalogue import default_model
from app.models.model_list import models, named_in
from app.plumbing.hub import why_not_on_hub
from core.errors import InputError, TunewrightError
from core.gguf.header import check_gguf
from core.models.catalogue import find_in_catalogue
from core.models.references import locate, no_model
from storage.actors import Actor


class FoundModel(NamedTuple):
    """A model that exists: what a spec holds for it, and a short name for people."""

    reference: str
    label: str


def why_no_base(actor: Actor, reference: str) -> str | None:
    """Why nothing can be trained on what a person named, as far as that shows before it is loaded; None otherwise.

    Raises UnavailableError where the hub would have to say, and does not answer.
    """
    try:
        location = locate(find_model(actor, reference).reference)
    except TunewrightError as error:
        return f"{error.message} Name a model of the hub as owner/name, or a folder with safetensors weights."
    if location.kind not in ("transformers", "hub"):
        return f"{location.label} is no whole model: name the base model that it was made from."
    return why_not_on_hub("models", location.path) if location.kind == "hub" else None


def find_model(actor: Actor, reference: str | None, base_model: str | None = None) -> FoundModel:
    """The model of this id (its own or its run's), name, hub id or path, checked as far as that goes without loading
    it. A path has a slash in it.

    Raises InputError, NotFoundError or CorruptArtifactError in words.
    """
    if not reference:
        raise InputError("No model is given.", "Name a model: of the catalogue, a run's folder, a GGUF or a hub id.")
    if "\0" in reference:
        raise InputError("A model's name cannot hold a NUL character.", "Give its folder, file or id.")
    made = models(actor)
    known = next((model for model in made if reference in (model["id"], model["job_id"])), None)
    if known:
        reference = known["reference"]
    elif "/" not in reference and not find_in_catalogue(reference):
        raise no_model(reference)  # a name is a name, whatever lies in the working directory
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
    """Put what `model` and `base_model` name into `values` as a spec holds them."""
    if values.get("base_model"):
        values["base_model"] = find_model(actor, values["base_model"]).reference
    found = find_model(actor, values.get("model"), values.get("base_model"))
    values["model"] = found.reference
    return found
