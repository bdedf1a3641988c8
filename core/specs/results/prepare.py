"""What a preparation and a synthesis return."""

from pydantic import field_serializer

from core.specs.results.report import DataReport
from core.specs.results.result import Result


class DatasetResult(Result):
    """A published dataset."""

    path: str
    """Its folder."""
    splits: dict[str, int]
    """Examples by split."""
    report: DataReport

    @field_serializer("report")
    def _as_in_its_file(self, report: DataReport) -> dict:
        return report.stored()


class PrepareResult(DatasetResult):
    """A dataset made from rows that were there."""

    duplicates: int
    dropped: dict[str, int]
    """Rows by reason."""

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        return {"path": "", "splits": {}, "duplicates": 0, "dropped": {}} | values


class SynthesizeResult(DatasetResult):
    """A dataset of examples that a language model wrote."""

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
