"""The typed results of finished jobs, from their rows, whichever release wrote them."""

from typing import TypeVar

from core.errors import CorruptArtifactError
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.result import Result
from core.specs.results.train import TrainResult
from storage.rows import Job

__all__ = ["EvaluateResult", "TrainResult", "read_result", "result_or_none"]

R = TypeVar("R", bound=Result)


def read_result(ended: Job, kind: type[R]) -> R:
    """The result of a job. Raises CorruptArtifactError if its row has no valid result of this kind."""
    return kind.read(ended.result, f"The result of {ended.name}")


def result_or_none(ended: Job, kind: type[R]) -> R | None:
    """The same, but None if the result is missing or unreadable; for lists."""
    try:
        return read_result(ended, kind) if ended.result else None
    except CorruptArtifactError:
        return None
