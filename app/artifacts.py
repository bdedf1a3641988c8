"""What jobs made, to be downloaded."""

from pathlib import Path

from app.names import file_name
from app.studio import store
from core.errors import InputError, NotFoundError
from core.jobs import GgufType
from storage.artifacts import get_artifact, list_artifacts
from storage.rows import Artifact, Job

_ADVISED = (GgufType.Q4_K_M, GgufType.Q5_K_M, GgufType.Q8_0, GgufType.F16, GgufType.Q4_0)


def artifacts(job_id: str) -> list[Artifact]:
    """Everything that one job registered."""
    return list_artifacts(store(), job_id=job_id)


def is_there(artifact: Artifact | None) -> bool:
    """Whether an artifact that was registered still lies where it was put."""
    return artifact is not None and Path(artifact.path).exists()


def recommended_gguf(export: Job) -> Artifact | None:
    """The GGUF of a finished export to begin with: of those that are there and not advised against, the first in the
    order of advice."""
    made = {artifact.path: artifact for artifact in artifacts(export.id) if is_there(artifact)}
    told = (export.result or {}).get("gguf", {})
    reports = [told[one] for one in _ADVISED if one in told]
    fit = (made.get(one["path"]) for one in reports if one.get("verdict") != "not recommended")
    return next(filter(None, fit), None)


def download(artifact_id: str) -> tuple[Path, str, str]:
    """The file of an artifact, its SHA-256, and how it is called once it is taken home.

    Raises NotFoundError when there is none of this id or it is gone, InputError when it is a folder.
    """
    artifact = get_artifact(store(), artifact_id)
    path = Path(artifact.path)
    if path.is_dir():
        raise InputError(f"{artifact.name} is a folder.", f"Find it at {path}.")
    if not path.is_file():
        raise NotFoundError(f"{artifact.name} is no longer at {path}.", "Export the model again.")
    return path, artifact.sha256, file_name(artifact.name, path.suffix)
