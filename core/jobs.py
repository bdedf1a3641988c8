"""What can be asked for: the kinds, states and specs of jobs, spelled once for database, pages, REST and command line.

A spec is frozen, validated before its row is written, and saved beside what it made. Light: imports no ML library.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, Field, ValidationError, field_validator, model_validator

from core.errors import InputError
from core.values import LONGEST_TEXT, MOST_ROWS, STRICT, UnfitError, check


class JobKind(StrEnum):
    PREPARE = "prepare"
    SYNTHESIZE = "synthesize"
    TRAIN = "train"
    EVALUATE = "evaluate"
    EXPORT = "export"
    BENCHMARK = "benchmark"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class StopRequest(StrEnum):
    PAUSE = "pause"
    CANCEL = "cancel"


class HoldReason(StrEnum):
    """Why a queued job is not claimed until it is released."""

    PERSON = "paused by you"
    DISK_FULL = "disk full"


class DeathCause(StrEnum):
    """The name of every way in which a child process can end without finishing its job."""

    OUT_OF_MEMORY = "out of memory"
    KILLED = "killed"
    LEASE_EXPIRED = "lease expired"
    MACHINE_RESTARTED = "machine restarted"
    NATIVE_CRASH = "native crash"
    ERROR = "error"


class ArtifactKind(StrEnum):
    DATASET = "dataset"
    CHECKPOINT = "checkpoint"
    ADAPTER = "adapter"
    MERGED_MODEL = "merged_model"
    GGUF = "gguf"
    EVALUATION = "evaluation"
    BENCHMARK = "benchmark"


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class GgufType(StrEnum):
    """The GGUF types an export offers, named as llama.cpp names them, in lower case."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q5_K_M = "q5_k_m"
    Q4_K_M = "q4_k_m"
    Q4_0 = "q4_0"


SCORE_NAMES = (
    "loss", "perplexity", "token_accuracy", "exact_match", "accuracy", "f1",
    "rouge1", "rouge2", "rougeL", "bleu", "mean_length",
)  # fmt: skip


class Spec(BaseModel):
    """What every spec shares. Paths are absolute strings; `output_dir` is where the job publishes what it made."""

    model_config = STRICT

    spec_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")
    output_dir: str

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if ".." in name or name != name.strip():
            raise ValueError("use letters, digits, spaces, dots, dashes and underscores, without '..'")
        return name


class Shape(StrEnum):
    """What an example is made of; `core.data.shapes` names the columns of each."""

    INSTRUCTION = "instruction"
    CHAT = "chat"
    PREFERENCE = "preference"
    FEEDBACK = "feedback"
    TEXT = "text"


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
    """Leave out lines that stand in many rows or are known page furniture (cookie notices, navigation)."""
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
    min_words: int = Field(default=10, ge=0)
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
        if self.min_words > self.max_words:
            raise ValueError("min_words must not exceed max_words")
        return self


class SynthesizeSpec(Spec):
    """Examples that a language model writes: from documents, or by varying the rows of a dataset."""

    task: Literal["questions", "chats", "preferences", "paraphrase", "translate", "harder"] = "questions"
    documents: tuple[str, ...] = ()
    """Files or folders to write examples from (the first three tasks)."""
    dataset: str | None = None
    """The dataset whose training rows are varied (the last three tasks)."""
    model: str = "starter"
    """A model reference, a GGUF, or the model's name at `endpoint`."""
    endpoint: str | None = None
    """Base address of an OpenAI-compatible API; the model runs in this job when None."""
    api_key_env: str = "TUNEWRIGHT_SYNTHESIS_API_KEY"
    """The environment variable that holds the endpoint's key; the key itself is never stored."""
    num_samples: int = Field(default=100, ge=1, le=1_000_000)
    language: str | None = None
    """What `translate` translates to, as a name or code."""
    chunk_words: int = Field(default=200, ge=20, le=4000)
    temperature: float = Field(default=0.7, ge=0, le=2)
    max_new_tokens: int = Field(default=400, ge=16, le=8192)
    min_groundedness: float = Field(default=0.5, ge=0, le=1)
    min_quality: float = Field(default=0.0, ge=0, le=1)
    budget_tokens: int | None = Field(default=None, ge=1)
    budget_usd: float | None = Field(default=None, gt=0)
    usd_per_million_tokens: float = Field(default=0.0, ge=0)
    train_ratio: float = Field(default=0.8, ge=0, le=1)
    val_ratio: float = Field(default=0.1, ge=0, le=1)
    test_ratio: float = Field(default=0.1, ge=0, le=1)
    seed: int = Field(default=42, ge=0)
    compare_with: tuple[str, ...] = ()
    not_compared_with: tuple[str, ...] = ()
    """As in PrepareSpec."""

    @model_validator(mode="after")
    def _consistent(self):
        from_documents = self.task in ("questions", "chats", "preferences")
        if from_documents and not self.documents:
            raise ValueError(f"{self.task} are written from documents: name at least one")
        if not from_documents and not self.dataset:
            raise ValueError(f"{self.task} varies the rows of a dataset: name one")
        if self.task == "translate" and not self.language:
            raise ValueError("translate needs a language")
        if self.budget_usd and not self.usd_per_million_tokens:
            raise ValueError("a budget in money needs usd_per_million_tokens")
        if abs(self.train_ratio + self.val_ratio + self.test_ratio - 1) > 1e-6:
            raise ValueError("train_ratio, val_ratio and test_ratio must add up to 1")
        return self


class TrainSpec(Spec):
    """QLoRA fine-tuning of `model` on the training split of `dataset`."""

    model: str = "starter"
    """A name of the catalogue, a local folder, or a hub id."""
    dataset: str
    load_in_4bit: bool = True
    """NF4 with double quantization (QLoRA); off is plain LoRA."""
    epochs: float = Field(default=3, gt=0, le=1000)
    batch_size: int = Field(default=8, ge=1, le=1024)
    gradient_accumulation_steps: int = Field(default=1, ge=1, le=1024)
    learning_rate: float = Field(default=2e-4, gt=0, le=1)
    warmup_ratio: float = Field(default=0.05, ge=0, le=1)
    lr_scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    max_seq_length: int = Field(default=512, ge=16, le=131072)
    lora_r: int = Field(default=16, ge=1, le=1024)
    lora_alpha: float = Field(default=32, gt=0, le=4096)
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    prompt_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Up to this share of a question's words is left out at each step: helps where there are few examples."""
    lora_targets: tuple[str, ...] = Field(default=("all-linear",), max_length=1000)
    """Module names such as `q_proj`, or `all-linear`."""
    save_steps: int = Field(default=50, ge=1)
    eval_steps: int = Field(default=50, ge=1)
    save_total_limit: int = Field(default=3, ge=1)
    """Checkpoints kept besides the best."""
    keep: Literal["best", "last"] = "best"
    """Whose adapter becomes `final`: the step of the lowest validation loss, or the last one."""
    seed: int = Field(default=42, ge=0)
    merge_adapters: bool = True
    resume_from_checkpoint: str | None = None
    """A checkpoint folder of an earlier run; None resumes only this job's own."""


class EvaluateSpec(Spec):
    """Scorecards of a model, and of its base, on the same examples of one split."""

    model: str
    """A name of the catalogue, a run's folder, its `final/`, a checkpoint, a merged model, a GGUF, or a hub id."""
    base_model: str | None = None
    """Scored beside `model` when given; an adapter's own base when None."""
    dataset: str
    split: Split = Split.TEST
    max_new_tokens: int = Field(default=256, ge=1, le=8192)
    temperature: float = Field(default=0.0, ge=0, le=5)
    batch_size: int = Field(default=16, ge=1, le=1024)
    limit: int | None = Field(default=None, ge=1)
    """Score only the first so many examples."""
    nearest: bool = False
    """Also score a plain look-up: the answer of the most similar training question."""
    benchmark_speed: bool = False
    seed: int = Field(default=42, ge=0)


class ExportSpec(Spec):
    """GGUF files of a model, each checked against its source before it is published."""

    model: str
    base_model: str | None = None
    types: tuple[GgufType, ...] = (GgufType.Q4_K_M, GgufType.Q5_K_M, GgufType.Q8_0)
    benchmark: bool = False
    """Size, speed and perplexity of each type against f16."""
    dataset: str | None = None
    """Text for perplexity and parity; when None, what the model was trained on, or a built-in text."""
    test_generation: bool = False
    test_prompt: str | None = Field(default=None, max_length=LONGEST_TEXT)

    @field_validator("types")
    @classmethod
    def _distinct(cls, types: tuple[GgufType, ...]) -> tuple[GgufType, ...]:
        if not types:
            raise ValueError("name at least one type")
        return tuple(dict.fromkeys(types))


class BenchmarkSpec(Spec):
    """Time to first token, tokens per second, load time and peak memory of several models, in one run."""

    models: tuple[str, ...] = Field(min_length=1)
    base_model: str | None = None
    new_tokens: int = Field(default=64, ge=1, le=4096)
    repeats: int = Field(default=3, ge=1, le=50)


SPECS: dict[JobKind, type[Spec]] = {
    JobKind.PREPARE: PrepareSpec,
    JobKind.SYNTHESIZE: SynthesizeSpec,
    JobKind.TRAIN: TrainSpec,
    JobKind.EVALUATE: EvaluateSpec,
    JobKind.EXPORT: ExportSpec,
    JobKind.BENCHMARK: BenchmarkSpec,
}


def parse_spec(kind: JobKind, values: dict) -> Spec:
    """The spec of `kind` made from plain values. Raises InputError that names each field and what is wrong with it."""
    try:
        check(values)
        return SPECS[kind].model_validate(values)
    except (UnfitError, ValidationError) as error:
        problems = "; ".join(_problem(item) for item in error.errors())
    raise InputError(f"These settings cannot be used: {problems}", "Change the named settings and try again.")


def _problem(item: dict) -> str:
    field = ".".join(str(part) for part in item["loc"]) or "settings"
    given = "" if isinstance(item.get("input"), dict) else f" (given: {str(item.get('input'))[:60]!r})"
    return f"{field}: {item['msg'].removeprefix('Value error, ')}{given}"
