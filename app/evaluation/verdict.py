"""The verdict on a run, an evaluation or an export."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What the evidence supports, best first."""

    GOOD = "good"
    UNKNOWN = "not known yet"
    DOUBTFUL = "doubtful"
    BAD = "not usable yet"


class Need(StrEnum):
    """What would improve a model that is not usable."""

    EXAMPLES = "more examples"
    BASE = "a larger base model"


@dataclass(frozen=True)
class Verdict:
    """A state, the sentence that explains it, advice, further reasons, and the dataset's warnings; all plain text."""

    state: State
    sentence: str
    advice: str = ""
    notes: tuple[str, ...] = ()
    need: Need | None = None
    warnings: tuple[str, ...] = ()
