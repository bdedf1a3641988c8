"""What is known of a dataset: `data_report.json`, and the part of it that a job's row repeats."""

from typing import Literal

from pydantic import Field, RootModel
from pydantic.dataclasses import dataclass

from core.specs.prepare import Mend
from core.specs.results.result import Part, Result


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing."""

    kind: str
    severity: Literal["error", "warning", "info"]
    title: str
    why: str = ""
    count: int = 0
    """Of examples."""
    rows: list[int] = Field(default_factory=list)
    """Ids of some of them."""
    pairs: list[tuple[int, int, float]] = Field(default_factory=list)
    """Row, row, similarity."""
    mend: Mend | None = None


class ReadinessVerdict(Part):
    """Whether the dataset is ready to train on."""

    state: str
    """`ready`, `ready with warnings`, `not ready`; `unreadable` where the report cannot be read."""
    why: list[str] = []


class Source(RootModel[dict[str, object]]):
    """Where the rows came from. Each kind of source has facts of its own (file name, checksum, revision)."""

    @property
    def kind(self) -> str:
        """`file`, `folder`, `archive`, `sample`, `hub` or `dataset`."""
        return str(self.root.get("kind", ""))

    @property
    def bytes(self) -> int | None:
        """The size of a file, folder or archive."""
        return self.root.get("bytes")

    @property
    def notes(self) -> list[str]:
        """What the user should know about how it was read."""
        return list(self.root.get("notes") or [])


class Detected(Part):
    """How the columns were understood."""

    shape: str
    mapping: dict[str, str]
    """Role to column."""
    reason: str


class Version(Part):
    """Which version of which dataset it is."""

    number: int
    root: str
    """The name that all versions share."""
    parent: str | None = None
    """The folder name of the version it was made from."""
    changes: str = ""
    """In words."""
    next_row: int | None = None
    """The id of the next row that is added."""


class Counts(Part):
    """Rows of the source."""

    read: int
    kept: int
    dropped: int


class Dropped(Part):
    """Rows dropped for one reason."""

    count: int
    rows: list[int]
    """Numbers of the first ones."""


class CleaningSample(Part):
    """The text of a row before and after one step of cleaning."""

    row: int
    before: str
    after: str


class CleaningStep(Part):
    """Rows that one step of cleaning changed."""

    count: int
    samples: list[CleaningSample] = []


class Bin(Part):
    """One bar of a histogram: values from `low` up to, but not including, `below`."""

    low: int = Field(alias="from")
    below: int
    count: int


class Lengths(Part):
    """The distribution of lengths in words."""

    unit: str
    min: int
    median: float
    mean: float
    p95: float
    max: int
    histogram: list[Bin]


class TokenLengths(Part):
    """The distribution of lengths in tokens."""

    model: str
    """Whose tokenizer counted."""
    context: int
    """Its context length, or the limit that was asked for."""
    measured: int
    """Examples."""
    cut_off: int
    """Examples longer than `context`."""
    min: int
    median: float
    mean: float
    p95: float
    max: int
    histogram: list[Bin]
    learned_mean: float | None = None
    """Tokens of an example that count towards the loss."""
    shared: int = 0
    """Tokens that all prompts begin with."""


class DataReport(Result):
    """`data_report.json`. A report that is older than a field lacks it: those have defaults."""

    splits: dict[str, int]
    """Examples by split."""
    name: str = ""
    domain: str = ""
    verdict: ReadinessVerdict | None = None
    findings: list[Finding] = []
    source: Source = Source({})
    notice: str | None = None
    shape: str = ""
    detected: Detected | None = None
    unused: list[str] = []
    """Columns and fields that nothing reads."""
    columns: list[str] = []
    version: Version | None = None
    counts: Counts = Counts(read=0, kept=0, dropped=0)
    dropped: dict[str, Dropped] = {}
    """By reason."""
    cleaned: dict[str, int] = {}
    cleaning: dict[str, CleaningStep] = {}
    """By step."""
    duplicates: int = 0
    lengths: Lengths | None = None
    tokens: TokenLengths | None = None
    languages: dict[str, int] = {}
    """Examples by ISO 639-1 code, and under `measured` how many were checked."""
    topics: dict[str, int] = {}
    topics_from: str = ""
    labels: dict[str, int] = {}
    """Answers by the judgement on them."""
    label_data: bool = False
    """Whether the answers are class labels."""
    answer_labels: dict[str, int] = {}
    seed: int | None = None
    ratios: dict[str, float] = {}
    split_by: str = ""
    limits: dict[str, int | None] = {}
    dedupe: str = ""
    excluded: str | None = None
    compared_with: list[str] = []
    synthesis: dict | None = None
    """How a language model wrote the rows, and the spec it was asked with."""
    unreadable: str | None = None
    """The path of a report that could not be read; never stored."""

    @property
    def state(self) -> str:
        """Of the verdict; empty in a report from before verdicts."""
        return self.verdict.state if self.verdict else ""
