"""What a preparation and a synthesis return."""

from core.specs.results.report import DataReport
from core.specs.results.result import Result


class PrepareResult(Result):
    """A published dataset."""

    path: str
    """Its folder."""
    splits: dict[str, int]
    """Examples by split."""
    duplicates: int
    dropped: dict[str, int]
    """Rows by reason."""
    report: DataReport

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        return {"path": "", "splits": {}, "duplicates": 0, "dropped": {}} | values


class SynthesizeResult(Result):
    """A published dataset of examples that a language model wrote."""

    path: str
    splits: dict[str, int]
    task: str
    model: str
    endpoint: str | None
    asked: int
    """Answers that the model gave."""
    accepted: int
    """Examples that passed every check."""
    left_out: dict[str, int]
    """Answers by the reason they were rejected."""
    left_out_samples: dict[str, list]
    """By reason."""
    tokens: int
    """Prompt and completion."""
    cost_usd: float
    stopped_by: str
    """Why it ended, in words."""
    report: DataReport
