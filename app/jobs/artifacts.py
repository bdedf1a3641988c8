"""The artifacts that jobs registered, and downloading them."""

from pathlib import Path

from app.plumbing.studio import store
from app.wording.names import file_name
from core.errors import InputError, NotFoundError
from storage.actors import Actor
from storage.artifacts import get_artifact, list_artifacts
from storage.rows import Artifact


def artifacts(actor: Actor, job_id: str) -> list[Artifact]:
    """The artifacts of a job."""
    return list_artifacts(store(), actor, job_id=job_id)


def still_exists(artifact: Artifact | None) -> bool:
    """Whether an artifact's file or folder still exists."""
    return artifact is not None and Path(artifact.path).exists()


def download(actor: Actor, artifact_id: str) -> tuple[Path, str, str]:
    """An artifact's file, its SHA-256, and its name as a download.

    Raises NotFoundError if the artifact or its file does not exist, InputError if it is a folder.
    """
    artifact = get_artifact(store(), actor, artifact_id)
    path = Path(artifact.path)
    if path.is_dir():
        raise InputError(f"{artifact.name} is a folder.", f"Find it at {path}.")
    if not path.is_file():
        raise NotFoundError(f"{artifact.name} is no longer at {path}.", "Export the model again.")
    return path, artifact.sha256, file_name(artifact.name, path.suffix)
