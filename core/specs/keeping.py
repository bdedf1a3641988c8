"""What can be deleted, and the states of the trash, shared by database, pages, REST and command line."""

from enum import StrEnum


class ThingKind(StrEnum):
    """What the user keeps and can delete."""

    DATASET = "dataset"
    RUN = "run"
    EVALUATION = "evaluation"
    EXPORT = "export"
    MODEL = "model"
    """One GGUF of an export; an adapter is deleted with its run."""
    DEPLOYMENT = "deployment"
    CHECKPOINTS = "checkpoints"
    """The checkpoints of a run that succeeded; its adapter stays."""
    LOGS = "logs"


class TrashState(StrEnum):
    """How far a deletion is. After a crash the next start completes every state but `KEPT`."""

    LEAVING = "leaving"
    KEPT = "kept"
    RETURNING = "returning"
    FREEING = "freeing"
