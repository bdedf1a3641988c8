"""The spec of a preparation: the source, shape, cleaning, splits, mends and manual changes of a dataset."""

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
    """What one click does about a finding of the data report; it makes a new version of the dataset."""

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
    """The steps of cleaning, each of which can be turned off."""

    model_config = STRICT

    unicode: bool = True
    html: bool = True
    urls: bool = True
    whitespace: bool = True
    answers: bool = False
    """Clean HTML and web addresses out of answers too; off by default, because they may be the answer."""
    boilerplate: bool = False
    """Drop lines that appear in many rows or are known boilerplate of web pages (cookie notices, navigation)."""
    personal_data: Literal["keep", "redact", "drop"] = "keep"
    languages: tuple[str, ...] = Field(default=(), max_length=200)
    """ISO 639-1 codes of the languages to keep; empty keeps all."""


_NO_CLEANING = Cleaning(unicode=False, html=False, urls=False, whitespace=False)


class Change(BaseModel):
    """One manual change to a dataset; `rows` are values of its `row` column."""

    model_config = STRICT

    kind: Literal["drop", "edit", "add", "tag", "untag", "move"]
    rows: Annotated[tuple[int, ...], FailFast()] = Field(default=(), max_length=MOST_ROWS)
    values: dict[str, Annotated[str, Field(max_length=LONGEST_TEXT)]] = {}
    """By column: the new texts of an edited or added row."""
    tag: str = Field(default="", max_length=60)
    split: Split | None = None
    """The split of an added or moved row."""


class PrepareSpec(Spec):
    """Make a dataset from samples of a domain, a file, a Hugging Face dataset, or a dataset of the studio.

    A dataset made from another one is its next version: it keeps the rows and, by default, their splits.
    """

    source: Literal["sample", "file", "hub", "dataset"]
    domain: str = "general"
    input_file: str | None = None
    """A file in any supported format, or a folder or archive of such files."""
    dataset_name: str | None = None
    made_from: str = Field(default="", max_length=2000)
    """Where the rows of a file come from that the studio has written itself, in words, for the report."""
    parent: str | None = None
    """The folder of the dataset that this is a new version of."""
    shape: Shape | None = None
    """None: detect it."""
    column_map: dict[str, str] = {}
    """Role to column, or to a path into nested values such as `meta.answers[0].text`."""
    good_from: float | None = None
    """For answers rated on a scale: the lowest rating of a good answer."""
    num_samples: int | None = Field(default=None, ge=1)
    cleaning: Cleaning = Cleaning()
    train_ratio: float = Field(default=0.8, ge=0, le=1)
    val_ratio: float = Field(default=0.1, ge=0, le=1)
    test_ratio: float = Field(default=0.1, ge=0, le=1)
    split_by: Literal["ratio", "given"] = "ratio"
    """`given` keeps the split that each row names or, in a new version, already has."""
    stratify_by: str | None = None
    """A column by whose values the splits are stratified."""
    keep_together: bool = True
    """Keep near duplicates, and rows of one source document, in the same split. Off by default for samples."""
    seed: int = Field(default=42, ge=0)
    min_words: int | None = Field(default=None, ge=0)
    """Drop examples with fewer words in prompt and answer; None means 10, or 2 where answers are labels."""
    max_words: int = Field(default=2048, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    model: str = "starter"
    """The model whose tokenizer measures lengths in tokens."""
    dedupe: Literal["exact", "near", "off"] = "exact"
    near_threshold: float = Field(default=0.6, ge=0.3, le=1)
    """Jaccard similarity of word 3-shingles at which two examples count as near duplicates."""
    exclude_dataset: str | None = None
    """A dataset folder whose training questions must not appear here (for held-out exams)."""
    compare_with: tuple[str, ...] = ()
    """Dataset folders whose validation and test examples must not appear in this training split."""
    not_compared_with: tuple[str, ...] = ()
    """Further dataset folders, which the report names as not compared."""
    mends: tuple[Mend, ...] = Field(default=(), max_length=100)
    changes: Annotated[tuple[Change, ...], FailFast()] = Field(default=(), max_length=10_000)

    @model_validator(mode="before")
    @classmethod
    def _fitting_the_source(cls, values: object) -> object:
        """A new version is not cleaned, filtered, deduplicated or split again unless asked for."""
        if isinstance(values, dict) and values.get("source") == "sample":
            # Samples state each fact in several wordings: the test split asks for known facts in new words.
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
