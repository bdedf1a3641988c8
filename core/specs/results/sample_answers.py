"""What a model answers, while it is trained, to the same few questions of the validation split."""

from pathlib import Path

from pydantic import ValidationError

from core.errors import CorruptArtifactError
from core.specs.results.result import Part

SAMPLE_ANSWERS = "sample_answers.jsonl"
"""The file in a run's folder: one `SampleAnswer` a line, in the order they were given."""


class SampleAnswer(Part):
    """The answer to one question after `step` optimizer steps; step 0 is the base model."""

    step: int
    question: str
    expected: str
    """The answer in the dataset."""
    answer: str
    whole: bool
    """Whether the model ended its answer by itself, and not at the limit."""


def read_sample_answers(folder: Path) -> list[SampleAnswer]:
    """The sample answers in a run's folder; none before the first. Raises CorruptArtifactError."""
    file = folder / SAMPLE_ANSWERS
    if not file.is_file():
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [SampleAnswer.model_validate_json(line, extra="ignore") for line in lines]
    except (ValidationError, UnicodeDecodeError) as error:
        raise CorruptArtifactError(
            f"{file} cannot be read: a line is not a sample answer.", "Delete it; the run itself is not affected."
        ) from error
