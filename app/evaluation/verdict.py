"""A verdict: what the evidence allows to say of a run, an evaluation or an export."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What the evidence allows to say, the best first."""

    GOOD = "good"
    UNKNOWN = "not known yet"
    DOUBTFUL = "doubtful"
    BAD = "not usable yet"


class Need(StrEnum):
    """What would make a better model of one that is not usable."""

    EXAMPLES = "more examples"
    BASE = "a larger base model"


@dataclass(frozen=True)
class Verdict:
    """A state, the sentence that says why, what to do about it, and what else to know. All of it plain text."""

    state: State
    sentence: str
    advice: str = ""
    notes: tuple[str, ...] = ()
    need: Need | None = None
