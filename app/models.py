"""Models as the person sees them: what there is to train, score, export and talk to."""

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from app.hub import why_not_on_hub
from app.plumbing.errands import run_errand
from app.plumbing.studio import store
from core.errors import InputError, NotFoundError, TunewrightError
from core.full_disk import size_bytes
from core.gguf.header import check_gguf
from core.machine import this_machine
from core.models.catalogue import CATALOGUE, STARTER, CatalogueModel, default_reference, find_in_catalogue
from core.models.fitting import Weights, bytes_to_run, bytes_to_train, fit, weights_to_train
from core.models.references import locate, no_model
from core.specs import ArtifactKind
from storage.artifacts import list_artifacts
from storage.preferences import DEFAULT_MODEL, preference
from storage.rows import Artifact
from storage.settings import settings

_FETCH_SECONDS = 3600
_OF_A_RUN = ("final", "merged_model")


class FoundModel(NamedTuple):
    """A model that exists: what a spec holds for it, and a short name for people."""

    reference: str
    label: str


def default_model() -> str:
    """The base model that is taken where none is named: TUNEWRIGHT_DEFAULT_MODEL, else the one chosen under Settings,
    else SmolLM2 once it is here, else the starter model."""
    return settings().default_model or preference(store(), DEFAULT_MODEL) or default_reference()


def models() -> list[dict]:
    """The base models that are here, the default first; then every adapter and GGUF that still stands, newest first.

    Each has id, label, kind (`base`, `adapter`, `gguf`), reference (what a spec takes), job_id, bytes, created_at.
    """
    made = [
        _described(artifact)
        for kind in (ArtifactKind.ADAPTER, ArtifactKind.GGUF)
        for artifact in list_artifacts(store(), kind=kind)
        if Path(artifact.path).exists()
    ]
    default = default_model()
    bases = [_known_base(model) for model in CATALOGUE if model.is_here]
    bases.sort(key=lambda base: base["id"] != default)
    return [*bases, *sorted(made, key=lambda model: model["created_at"], reverse=True)]


def catalogue() -> list[dict]:
    """The base models known by name: what each is, whether it is here, and what this machine can do with it and why.

    Memory in bytes: `memory.train_16_bit` and `train_4_bit` with one example of 512 tokens at a time, `memory.run` as a
    q4_k_m GGUF. `trains` is `16-bit`, `4-bit` or None.
    """
    machine = this_machine()
    default = default_model()
    on_gpu = machine.gpu_bytes > 0
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
                "train_16_bit": bytes_to_train(model, four_bit=False, gpu=on_gpu),
                "train_4_bit": bytes_to_train(model, four_bit=True, gpu=on_gpu),
                "run": bytes_to_run(model),
            },
            **asdict(fit(model, machine)),
        }
        for model in CATALOGUE
    ]


def weights_for(reference: str) -> Weights:
    """How this machine holds the model's weights in training unless asked otherwise. Raises as `find_model`."""
    return weights_to_train(reference, this_machine())


def parameters_of(reference: str) -> int | None:
    """How many parameters a base model has: as the catalogue says, else by its files of 16 bits; None where neither is
    here."""
    if known := find_in_catalogue(reference):
        return known.parameters
    weights = Path(reference).expanduser().glob("*.safetensors") if "/" in reference else ()
    return sum(file.stat().st_size for file in weights) // 2 or None


def why_no_base(reference: str) -> str | None:
    """Why nothing can be trained on what a person named, as far as that shows before it is loaded; None otherwise.

    Raises UnavailableError where the hub would have to say, and does not answer.
    """
    try:
        location = locate(find_model(reference).reference)
    except TunewrightError as error:
        return f"{error.message} Name a model of the hub as owner/name, or a folder with safetensors weights."
    if location.kind not in ("transformers", "hub"):
        return f"{location.label} is no whole model: name the base model that it was made from."
    return why_not_on_hub("models", location.path) if location.kind == "hub" else None


def fetch_model(reference: str) -> CatalogueModel:
    """Bring a model of the catalogue onto this machine; one that is here stays.

    Raises NotFoundError for a name that is not in the catalogue, and what the fetching tells.
    """
    found = find_in_catalogue(reference)
    if not found:
        raise NotFoundError(f"The catalogue has no model {reference!r}.", "Choose one of those that are listed.")
    if not found.is_here:
        run_errand("core.models.fetching", reference, deadline_seconds=_FETCH_SECONDS)
    return found


def fetched_bytes(model: CatalogueModel) -> int:
    """The bytes that were fetched of a model. The hub's cache names each file twice: what it holds are its blobs."""
    blobs = model.fetched_to / "blobs"
    return size_bytes(blobs if blobs.is_dir() else model.fetched_to)


def find_model(reference: str | None, base_model: str | None = None) -> FoundModel:
    """The model of this id (its own or its run's), name, hub id or path, checked as far as that goes without loading
    it. A path has a slash in it.

    Raises InputError, NotFoundError or CorruptArtifactError in words.
    """
    if not reference:
        raise InputError("No model is given.", "Name a model: of the catalogue, a run's folder, a GGUF or a hub id.")
    if "\0" in reference:
        raise InputError("A model's name cannot hold a NUL character.", "Give its folder, file or id.")
    made = models()
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


def model_title(reference: str) -> str:
    """What the model that a spec names is called: as `models()` does, else by the end of its name or path."""
    known = named_in(models(), reference)
    return known["label"] if known else reference.rstrip("/").rpartition("/")[2]


def named_in(known: list[dict], reference: str) -> dict | None:
    """The first of these entries of `models()` that a reference names: by its id, the job that made it, or its place.

    A run's adapter and its merged model are one model, whose place is the run's folder.
    """
    place = str(Path(reference).parent) if Path(reference).name in _OF_A_RUN else reference
    return next((entry for entry in known if place in (entry["id"], entry["job_id"], entry["reference"])), None)


def model(model_id: str) -> dict:
    """The entry of `models()` with this id. Raises NotFoundError."""
    for entry in models():
        if entry["id"] == model_id:
            return entry
    raise NotFoundError(f"There is no model {model_id!r}.", "Choose one of those that are listed.")


def _known_base(model: CatalogueModel) -> dict:
    label = "starter model" if model.reference == STARTER else model.name
    if model.origin.startswith("From 4-bit weights"):
        label += " (from 4-bit weights)"
    return {
        "id": model.reference,
        "label": label,
        "kind": "base",
        "reference": model.reference,
        "job_id": None,
        "bytes": None,
        "created_at": None,
    }


def _described(artifact: Artifact) -> dict:
    path = Path(artifact.path)
    if artifact.kind == ArtifactKind.GGUF:
        kind = "gguf"
    else:
        # A run's folder stands for its merged model where one is needed, and for its adapter otherwise.
        kind, path = "adapter", path.parent
    return {
        "id": artifact.id,
        "label": artifact.name,
        "kind": kind,
        "reference": str(path),
        "job_id": artifact.job_id,
        "bytes": artifact.size_bytes,
        "created_at": artifact.created_at,
    }
