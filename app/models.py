"""Models as the person sees them: what there is to train, score, export and talk to."""

from pathlib import Path
from typing import NamedTuple

from app.studio import store
from core.errors import InputError, NotFoundError
from core.export.header import check_gguf
from core.jobs import ArtifactKind
from core.models.references import STARTER, locate
from storage.artifacts import list_artifacts
from storage.rows import Artifact


class FoundModel(NamedTuple):
    """A model that exists: what a spec holds for it, and a short name for people."""

    reference: str
    label: str


def models() -> list[dict]:
    """The starter model, then every trained adapter and GGUF that still stands, newest first.

    Each has id, label, kind (`base`, `adapter`, `gguf`), reference (what a spec takes), job_id, bytes, created_at.
    """
    made = [
        _described(artifact)
        for kind in (ArtifactKind.ADAPTER, ArtifactKind.GGUF)
        for artifact in list_artifacts(store(), kind=kind)
        if Path(artifact.path).exists()
    ]
    starter = {"id": STARTER, "label": "starter model", "kind": "base", "reference": STARTER, "job_id": None}
    newest_first = sorted(made, key=lambda model: model["created_at"], reverse=True)
    return [starter | {"bytes": None, "created_at": None}, *newest_first]


def find_model(reference: str | None, base_model: str | None = None) -> FoundModel:
    """The model of this id (its own or its run's), path or hub id, checked as far as that goes without loading it.

    Raises InputError, NotFoundError or CorruptArtifactError in words.
    """
    if not reference:
        raise InputError("No model is given.", "Name one with --model-path: a run's folder, a model or a GGUF.")
    if "\0" in reference:
        raise InputError("A model's name cannot hold a NUL character.", "Give its folder, file or id.")
    known = next((model for model in models() if reference in (model["id"], model["job_id"])), None)
    if known:
        reference = known["reference"]
    location = locate(reference, base_model)
    if location.kind == "gguf":
        check_gguf(Path(location.path))
    if location.kind == "hub" or reference == STARTER:
        return FoundModel(reference, location.label)
    return FoundModel(str(Path(reference).expanduser().absolute()), known["label"] if known else location.label)


def model(model_id: str) -> dict:
    """The entry of `models()` with this id. Raises NotFoundError."""
    for entry in models():
        if entry["id"] == model_id:
            return entry
    raise NotFoundError(f"There is no model {model_id!r}.", "Choose one of those that are listed.")


def _described(artifact: Artifact) -> dict:
    path = Path(artifact.path)
    if artifact.kind == ArtifactKind.GGUF:
        kind, label = "gguf", f"{path.parent.name}/{path.name}"
    else:
        # A run's folder stands for its merged model where one is needed, and for its adapter otherwise.
        kind, label, path = "adapter", path.parent.name, path.parent
    return {
        "id": artifact.id,
        "label": label,
        "kind": kind,
        "reference": str(path),
        "job_id": artifact.job_id,
        "bytes": artifact.size_bytes,
        "created_at": artifact.created_at,
    }
