"""A finished evaluation with what is stored of it: by its job, or by the folder that the command line left."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from app.evaluation.browsing import finished_evaluation
from app.jobs.results import read_result
from core.errors import CorruptArtifactError, NotFoundError
from core.evaluation.browsing.stored_rows import stored_rows
from core.specs.results.evaluate import EvaluateResult, EvaluationFile, Prediction
from storage.actors import Actor

_METRICS, _ANSWERS = "metrics.json", "predictions.json"


class StoredEvaluation(NamedTuple):
    """What an evaluation found, what was asked for (as stored), when it ended, and the folder of its files."""

    result: EvaluateResult
    spec: dict
    evaluated_at: datetime | None
    folder: Path
    job_id: str = ""

    @property
    def name(self) -> str:
        """Its name, for files made of it."""
        return self.spec.get("name") or self.folder.name

    def rows(self) -> Iterator[Prediction]:
        """The rows of its predictions.json; none if it is gone, as the scores do not need it.

        Raises CorruptArtifactError if it cannot be read.
        """
        path = self.folder / _ANSWERS
        if not path.exists():
            return
        try:
            with path.open("rb") as file:
                yield from (one.row for one in stored_rows(file))
        except (OSError, ValueError) as error:
            raise CorruptArtifactError(f"{path} cannot be read.", "Evaluate again.") from error


def stored_evaluation(actor: Actor, job_id: str) -> StoredEvaluation:
    """The evaluation of this job. Raises what `finished_evaluation` raises, and CorruptArtifactError for an unreadable
    result."""
    found = finished_evaluation(actor, job_id)
    result = read_result(found, EvaluateResult)
    return StoredEvaluation(result, found.spec, _utc(found.ended_at), Path(found.output_dir), found.id)


def evaluation_at(actor: Actor, reference: str) -> StoredEvaluation:
    """The evaluation in a folder, or whose metrics.json this is, or of the job of this id.

    Raises NotFoundError, and what `stored_evaluation` raises.
    """
    path = Path(reference).expanduser()
    path = path / _METRICS if path.is_dir() else path
    if not path.is_file():
        try:
            return stored_evaluation(actor, reference)
        except NotFoundError as error:
            raise NotFoundError(
                f"{reference} is neither an evaluation's folder nor the id of one.",
                "Give the --output-dir of `evaluate`, or an id that `python -m app jobs list` shows.",
            ) from error
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptArtifactError(f"{path} cannot be read: {error}.", "Evaluate again.") from error
    found = EvaluationFile.read(values, str(path))
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    result = EvaluateResult(**{name: getattr(found, name) for name in EvaluateResult.model_fields})
    return StoredEvaluation(result, found.spec, written_at, path.parent)


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
