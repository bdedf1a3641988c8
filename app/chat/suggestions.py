"""Questions to try a model with: held-out questions of its dataset, stored when it was trained, or general ones."""

from functools import lru_cache
from pathlib import Path

from app.models.model_list import trained
from app.plumbing.inspection import ask
from app.plumbing.studio import store
from core.errors import CorruptArtifactError, InputError, NotFoundError, UnavailableError
from core.specs import ArtifactKind
from storage.actors import Actor
from storage.artifacts import list_artifacts
from storage.jobs import get_job
from storage.rows import Artifact

GENERAL = (
    "What is another word for big?",
    "What is a harbour?",
    "How do I answer a complaint politely?",
)


def questions_for(actor: Actor, reference: str) -> tuple[str, ...]:
    """Suggested questions for the model with this reference (as in `models()`). Never empty."""
    tuned = _tuned(actor, reference)
    if kept := _kept(tuned) or _kept(_exported(actor, reference)):
        return kept
    if tuned is None:
        return GENERAL
    try:
        return _asked_in(_spec_of(actor, tuned).get("dataset", "")) or GENERAL
    except (
        NotFoundError,
        CorruptArtifactError,
        InputError,
        UnavailableError,
    ):  # a missing or slow dataset must not hold up a chat
        return GENERAL


def dataset_of(actor: Actor, reference: str) -> str | None:
    """The folder of the dataset that a model was tuned on, directly or as the source of an export."""
    tuned = _tuned(actor, reference)
    return _spec_of(actor, tuned).get("dataset") if tuned else None


def _kept(artifact: Artifact | None) -> tuple[str, ...]:
    """The questions stored with an artifact."""
    return tuple(artifact.facts.get("questions", ())) if artifact else ()


def _exported(actor: Actor, reference: str) -> Artifact | None:
    return next((one for one in list_artifacts(store(), actor, kind=ArtifactKind.GGUF) if one.path == reference), None)


@lru_cache(maxsize=256)  # refreshing pages ask repeatedly, and the origin of a model does not change
def _tuned(actor: Actor, reference: str) -> Artifact | None:
    """What was trained (an adapter or all weights) that a model is, or was exported from."""
    exported = _exported(actor, reference)
    source = Path(_spec_of(actor, exported).get("model", reference) if exported else reference)
    return next((one for one in trained(actor) if source.is_relative_to(Path(one.path).parent)), None)


def _spec_of(actor: Actor, artifact: Artifact) -> dict:
    """The spec of the job that made an artifact."""
    return get_job(store(), actor, artifact.job_id).spec


@lru_cache(maxsize=64)
def _asked_in(folder: str) -> tuple[str, ...]:
    return tuple(ask("questions", folder=folder))
