"""What can be said of things that were thrown away, spelled once for database, pages, REST and command line."""

from enum import StrEnum


class ThingKind(StrEnum):
    """What a person keeps, and can throw away."""

    DATASET = "dataset"
    RUN = "run"
    EVALUATION = "evaluation"
    EXPORT = "export"
    MODEL = "model"
    """One GGUF of an export; what a run has learned goes with the run."""
    DEPLOYMENT = "deployment"
    CHECKPOINTS = "checkpoints"
    """What a run that succeeded went through; what it has learned stays."""
    LOGS = "logs"


class TrashState(StrEnum):
    """How far something is on its way. All but `KEPT` are finished at the next start, where a kill came between."""

    LEAVING = "leaving"
    KEPT = "kept"
    RETURNING = "returning"
    FREEING = "freeing"
