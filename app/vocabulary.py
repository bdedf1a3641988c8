"""The words that pages share with the rest: enums of core and the settings a training starts from, passed on."""

from core.deployments import DeploymentState, DesiredState
from core.jobs import ArtifactKind, GgufType, JobKind, JobState, Split, TrainSpec
from core.training.presets import PRESETS

__all__ = [
    "PRESETS",
    "ArtifactKind",
    "DeploymentState",
    "DesiredState",
    "GgufType",
    "JobKind",
    "JobState",
    "Split",
    "training_defaults",
]


def training_defaults(preset: str) -> dict:
    """Every setting of a training run with the value that `preset` gives it."""
    return {name: field.default for name, field in TrainSpec.model_fields.items()} | PRESETS[preset]
