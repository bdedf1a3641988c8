"""Enums and presets of core for the pages, which may import only from app."""

from core.specs import ArtifactKind, GgufType, JobKind, JobState, Split
from core.specs.chats import AnswerState
from core.specs.deployments import DeploymentState, DesiredState
from core.training.presets import FOR_WHOM, presets_for

__all__ = [
    "AnswerState",
    "FOR_WHOM",
    "ArtifactKind",
    "DeploymentState",
    "DesiredState",
    "GgufType",
    "JobKind",
    "JobState",
    "Split",
    "presets_for",
]
