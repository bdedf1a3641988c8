"""What can be asked of making a dataset: its source, shape, cleaning, splits, mends and changes by hand."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, Field, model_validator

from core.shape import Shape
from core.specs.spec import Spec
from core.values import LONGEST_TEXT, MOST_ROWS, STRICT


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Mend(StrEnum):
    """What one click does about a finding of the data report, as a new version of the dataset."""

    DROP_EXACT_DUPLICATES = "drop_exact_duplicates"
    DROP_NEAR_DUPLICATES = "drop_near_duplicates"
    DROP_CONTRADICTIONS = "drop_contradictions"
    DROP_LEAKS = "drop_leaks"
    REDACT_PERSONAL_DATA = "redact_personal_data"
    DROP_TOO_LONG = "drop_too_long"
    DROP_MASKED = "drop_masked"
    DROP_REFUSALS = "drop_refusals"
    DROP_TRUNCATED = "drop_truncated"


class Cleaning(BaseModel):
    """The steps of cleaning, each of which may be left out."""

    model_config = STRICT

    unicode: bool = True
    html: bool = True
    urls: bool = True
    whitespace: bool = True
    answers: bool = False
    """Take HTML and web addresses out of answers too, which may be just what was asked for."""
    boilerplate: bool = False
    """Leave out lines that stand in many rows or are known boilerplate of pages (cookie notices, navigation)."""
    personal_data: Literal["keep", "redact", "drop"] = "keep"
    languages: tuple[str, ...] = Field(default=(), max_length=200)
    """ISO 639-1 codes of the languages to keep; all when empty."""


_NO_CLEANING = Cleaning(unicode=False, html=False, urls=False, whitespace=False)


class Change(BaseModel):
    """One thing a person did to a dataset by hand; `rows` are values of its `row` column."""

    model_config = STRICT

    kind: Literal["drop", "edit", "add", "tag", "untag", "move"]
    rows: Annotated[tuple[int, ...], FailFast()] = Field(default=(), max_length=MOST_ROWS)
    values: dict[str, Annotated[str, Field(max_length=LONGEST_TEXT)]] = {}
    """The new texts by column, of an edited or added row."""
    tag: str = Field(default="", max_length=60)
    split: Split | None = None
    """Where an added or moved row belongs."""


class PrepareSpec(Spec):
    """A dataset from samples of a domain, a file, a dataset of the Hugging Face hub, or one already in the studio.

    A dataset made from another one is its next version: it keeps the rows and, unless asked otherwise, their splits.
    """

    source: Literal["sample", "file", "hub", "dataset"]
    domain: str = "general"
    input_file: str | None = None
    """A file in any format that is read, a folder or an archive of such."""
    dataset_name: str | None = None
    parent: str | None = None
    """The dataset folder that this is a new version of."""
    shape: Shape | None = None
    """Detected when None."""
    column_map: dict[str, str] = {}
    """Role to column, or to a path into nested values such as `meta.answers[0].text`."""
    good_from: float | None = None
    """Of answers rated on a scale: the rating from which on an answer is good."""
    num_samples: int | None = Field(default=None, ge=1)
    cleaning: Cleaning = Cleaning()
    train_ratio: float = Field(default=0.8, ge=0, le=1)
    val_ratio: float = Field(default=0.1, ge=0, le=1)
    test_ratio: float = Field(default=0.1, ge=0, le=1)
    split_by: Literal["ratio", "given"] = "ratio"
    """`given` keeps the split that each row names or, of a version, already stands in."""
    stratify_by: str | None = None
    """A column whose values are spread over the splits in equal shares."""
    keep_together: bool = True
    """Near duplicates, and rows of one source document, stand in the same split. Off for samples unless asked for."""
    seed: int = Field(default=42, ge=0)
    min_words: int | None = Field(default=None, ge=0)
    """Examples with fewer words, question and answer, are left out; None is 10, or 2 where answers are labels."""
    max_words: int = Field(default=2048, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    model: str = "starter"
    """Whose tokenizer measures lengths in tokens."""
    dedupe: Literal["exact", "near", "off"] = "exact"
    near_threshold: float = Field(default=0.6, ge=0.3, le=1)
    """Jaccard similarity of word 3-shingles from which two examples are near duplicates."""
    exclude_dataset: str | None = None
    """A dataset folder: no question of its training split may stand in this one (for exams)."""
    compare_with: tuple[str, ...] = ()
    """Dataset folders whose validation and test splits must not stand in this one's training split."""
    not_compared_with: tuple[str, ...] = ()
    """Those that the studio holds besides, for the report to name."""
    mends: tuple[Mend, ...] = Field(default=(), max_length=100)
    changes: Annotated[tuple[Change, ...], FailFast()] = Field(default=(), max_length=10_000)

    @model_validator(mode="before")
    @classmethod
    def _fitting_the_source(cls, values: object) -> object:
        """A version is cleaned, measured, deduplicated and split as its parent was, but for what is asked anew."""
        if isinstance(values, dict) and values.get("source") == "sample":
            # Samples tell each fact in several wordings: whether one is known again in new words is what splits test.
            return {"keep_together": False} | values
        if not isinstance(values, dict) or values.get("source") != "dataset":
            return values
        kept = {"cleaning": _NO_CLEANING, "min_words": 0, "max_words": 1_000_000_000, "dedupe": "off"}
        if not values.keys() & {"train_ratio", "val_ratio", "test_ratio", "stratify_by"}:
            kept["split_by"] = "given"
        return kept | values

    @model_validator(mode="after")
    def _consistent(self):
        needed = {"file": "input_file", "hub": "dataset_name", "sample": "num_samples", "dataset": "parent"}
        if not getattr(self, needed[self.source]):
            raise ValueError(f"source {self.source} needs {needed[self.source]}")
        if (self.changes or self.mends) and self.source != "dataset":
            raise ValueError("only a dataset can be changed or mended")
        if abs(self.train_ratio + self.val_ratio + self.test_ratio - 1) > 1e-6:
            raise ValueError("train_ratio, val_ratio and test_ratio must add up to 1")
        if self.min_words is not None and self.min_words > self.max_words:
            raise ValueError("min_words must not exceed max_words")
        return self
