"""The kinds and states of jobs, the kinds of artifacts, and the ways in which jobs stop or die."""

from enum import StrEnum


class JobKind(StrEnum):
    PREPARE = "prepare"
    SYNTHESIZE = "synthesize"
    TRAIN = "train"
    EVALUATE = "evaluate"
    EXPORT = "export"
    BENCHMARK = "benchmark"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class StopRequest(StrEnum):
    PAUSE = "pause"
    CANCEL = "cancel"


class HoldReason(StrEnum):
    """Why a queued job is held back until it is released."""

    PERSON = "paused by you"
    DISK_FULL = "disk full"


class DeathCause(StrEnum):
    """How a child process ended without finishing its job."""

    OUT_OF_MEMORY = "out of memory"
    KILLED = "killed"
    LEASE_EXPIRED = "lease expired"
    MACHINE_RESTARTED = "machine restarted"
    NATIVE_CRASH = "native crash"
    ERROR = "error"


class ArtifactKind(StrEnum):
    DATASET = "dataset"
    CHECKPOINT = "checkpoint"
    ADAPTER = "adapter"
    MERGED_MODEL = "merged_model"
    GGUF = "gguf"
    EVALUATION = "evaluation"
    BENCHMARK = "benchmark"
