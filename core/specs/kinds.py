"""The kinds and states of jobs, the kinds of artifacts, how jobs stop or die, what votes say, how answers are
browsed."""

from enum import StrEnum


class JobKind(StrEnum):
    PREPARE = "prepare"
    SYNTHESIZE = "synthesize"
    TRAIN = "train"
    EVALUATE = "evaluate"
    EXPORT = "export"
    BENCHMARK = "benchmark"
    JUDGE = "judge"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class StopRequest(StrEnum):
    """What a person asks of a running job, from mild to strong: a stronger request replaces a milder one."""

    PAUSE = "pause"
    FINISH = "finish"
    """Of a training: stop here, and publish what was learned so far."""
    CANCEL = "cancel"
    DISCARD = "discard"
    """Cancel, and delete what was saved."""

    @property
    def gives_up(self) -> bool:
        """Whether nothing more is wanted of the job, so that it may stop in the middle of anything."""
        return self in (StopRequest.CANCEL, StopRequest.DISCARD)

    def replaces(self, other: "StopRequest | None") -> bool:
        """Whether this request is stronger than an earlier one."""
        order = list(StopRequest)
        return other is None or order.index(self) > order.index(other)


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
    ADAPTER = "adapter"
    MERGED_MODEL = "merged_model"
    GGUF = "gguf"
    EVALUATION = "evaluation"
    BENCHMARK = "benchmark"


class Preferred(StrEnum):
    """A person's verdict on two answers to one question whose models are hidden, as they stood on the page."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_BAD = "both_bad"


class Order(StrEnum):
    """In which order examples are shown; those that the metric does not apply to come last."""

    DATASET = "dataset"
    BEST = "best"
    WORST = "worst"
    GAIN = "gain"
    """Where the model is farthest above the one it is compared with."""
    LOSS = "loss"
    RANDOM = "random"


class Length(StrEnum):
    """A third of the examples, by the length of their references."""

    SHORT = "short"
    MIDDLE = "middle"
    LONG = "long"


class Outcome(StrEnum):
    """What became of an answer; the worse, the earlier."""

    NOT_COUNTED = "not counted"
    """The metric that decides does not apply."""
    MISSED = "missed"
    CLOSE = "close"
    """Of long answers, which are never expected word for word."""
    RIGHT = "right"
