"""What jobs registered as made, and downloading it."""

from pathlib import Path

from app.plumbing.studio import store
from app.wording.names import file_name
from core.errors import InputError, NotFoundError
from storage.actors import Actor
from storage.artifacts import get_artifact, list_artifacts
from storage.rows import Artifact


def artifacts(actor: Actor, job_id: str) -> list[Artifact]:
    """Everything that one job registered."""
    return list_artifacts(store(), actor, job_id=job_id)


def is_there(artifact: Artifact | None) -> bool:
    """Whether an artifact that was registered still lies where it was put."""
    return artifact is not None and Path(artifact.path).exists()


def download(actor: Actor, artifact_id: str) -> tuple[Path, str, str]:
    """The file of an artifact, its SHA-256, and how it is called once it is taken home.

    Raises NotFoundError when there is none of this id or it is gone, InputError when it is a folder.
    """
    artifact = get_artifact(store(), actor, artifact_id)
    path = Path(artifact.path)
    if path.is_dir():
        raise InputError(f"{artifact.name} is a folder.", f"Find it at {path}.")
    if not path.is_file():
        raise NotFoundError(f"{artifact.name} is no longer at {path}.", "Export the model again.")
    return path, artifact.sha256, file_name(artifact.name, path.suffix)
