"""The list of models to train, evaluate, export and chat with."""

from pathlib import Path

from app.models.catalogue import default_model
from app.plumbing.studio import store
from core.errors import NotFoundError
from core.models.catalogue import CATALOGUE, STARTER, CatalogueModel
from core.specs import ArtifactKind
from storage.actors import Actor
from storage.artifacts import list_artifacts
from storage.rows import Artifact

_OF_A_RUN = ("final", "merged_model")


def models(actor: Actor) -> list[dict]:
    """The available base models, the default first; then every existing adapter and GGUF, newest first.

    Each has id, label, kind (`base`, `adapter`, `gguf`), reference (what a spec takes), job_id, bytes, created_at.
    """
    made = [
        _described(artifact)
        for artifact in (*trained(actor), *list_artifacts(store(), actor, kind=ArtifactKind.GGUF))
        if Path(artifact.path).exists()
    ]
    default = default_model(actor)
    bases = [_known_base(model) for model in CATALOGUE if model.is_here]
    bases.sort(key=lambda base: base["id"] != default)
    return [*bases, *sorted(made, key=lambda model: model["created_at"], reverse=True)]


def trained(actor: Actor) -> list[Artifact]:
    """What each run has trained: its adapter or, after full fine-tuning, its model."""
    whole = list_artifacts(store(), actor, kind=ArtifactKind.MERGED_MODEL)
    return [
        *list_artifacts(store(), actor, kind=ArtifactKind.ADAPTER),
        *(artifact for artifact in whole if Path(artifact.path).name == "final"),
    ]


def model_title(actor: Actor, reference: str) -> str:
    """The label of the model with this reference: from `models()`, else the last part of its name or path."""
    known = named_in(models(actor), reference)
    return known["label"] if known else reference.rstrip("/").rpartition("/")[2]


def named_in(known: list[dict], reference: str) -> dict | None:
    """The first of these entries of `models()` that a reference names by id, job id or path.

    A run's adapter and merged model are one model, whose path is the run's folder.
    """
    place = str(Path(reference).parent) if Path(reference).name in _OF_A_RUN else reference
    return next((entry for entry in known if place in (entry["id"], entry["job_id"], entry["reference"])), None)


def model(actor: Actor, model_id: str) -> dict:
    """The entry of `models()` with this id. Raises NotFoundError."""
    for entry in models(actor):
        if entry["id"] == model_id:
            return entry
    raise NotFoundError(f"There is no model {model_id!r}.", "Choose a listed model.")


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
        # A run's folder stands for its merged model where one is needed, else for its adapter.
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
