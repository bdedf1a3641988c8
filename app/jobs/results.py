"""What finished jobs made, typed, from their rows: whichever version of the studio wrote them."""

from typing import TypeVar

from core.errors import CorruptArtifactError
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.result import Result
from core.specs.results.train import TrainResult
from storage.rows import Job

__all__ = ["EvaluateResult", "TrainResult", "read_result", "result_or_none"]

R = TypeVar("R", bound=Result)


def read_result(ended: Job, kind: type[R]) -> R:
    """What a job made. Raises CorruptArtifactError when its row does not hold a result of this kind."""
    return kind.read(ended.result, f"The result of {ended.name}")


def result_or_none(ended: Job, kind: type[R]) -> R | None:
    """The same for lists, which skip a job whose result is missing or cannot be read."""
    try:
        return read_result(ended, kind) if ended.result else None
    except CorruptArtifactError:
        return None
