"""The spec of an evaluation: which models answer which examples; and the names of its metrics."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from core.specs.prepare import Split
from core.specs.results.metrics import METRICS
from core.specs.rewards.checks import why_no_schema
from core.specs.spec import Spec
from core.values import LONGEST_TEXT, STRICT

TaskName = Annotated[str, Field(pattern=r"^\w[\w\-.+]{0,199}$")]
"""Of a task of lm-evaluation-harness; never a path."""
SCORE_NAMES = tuple(METRICS)
LONGEST_MODEL_NAME, MOST_MODELS = 60, 32
ANSWERS_FOLDER = ".answers"
"""In the output folder of an evaluation: what was answered so far, until it is published."""


class ComparedModel(BaseModel):
    """One of the models that are compared, under a name of the person's choice: a model, one at an endpoint, or the
    look-up, which gives the answer to the most similar training question."""

    model_config = STRICT

    name: str = Field(min_length=1, max_length=LONGEST_MODEL_NAME)
    model: str | None = None
    """A model reference; with `endpoint`, the model's name there."""
    endpoint: str | None = None
    """Base URL of an OpenAI-compatible API."""
    api_key_env: str = "TUNEWRIGHT_EVALUATION_API_KEY"
    """The environment variable with the endpoint's key; the key itself is never stored."""
    look_up: bool = False

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip():
            raise ValueError("a model's name is one line, without spaces around it")
        return name

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.look_up == bool(self.model or self.endpoint):
            raise ValueError("give a model, or look_up, but not both")
        if self.endpoint and not self.model:
            raise ValueError("an endpoint needs the name of the model there")
        return self


class EvaluateSpec(Spec):
    """Ask several models the same examples and score their answers by the same metrics.

    What is compared is listed in `models`, or follows from `model`, `base_model` and `nearest`: a model beside its base
    and the look-up, as `base`, `tuned` or `gguf`, and `nearest`.
    """

    models: tuple[ComparedModel, ...] = Field(default=(), max_length=MOST_MODELS)
    reference: str | None = None
    """The name of the model that the others are compared with; None: the base of another one, else the first."""
    model: str | None = None
    """A name of the catalogue, a run's folder, its `final/`, a checkpoint, a merged model, a GGUF, or a hub id."""
    base_model: str | None = None
    """Scored beside `model`; None means the base that an adapter names."""
    nearest: bool = False
    """Also score the look-up beside `model`."""
    dataset: str | None = None
    """Whose splits are asked, and in whose training split the look-up looks."""
    split: Split = Split.TEST
    splits: tuple[Split, ...] = ()
    """Several splits, each scored by itself; verdicts are about the first, which is also `split`."""
    test_file: str | None = None
    """A file of examples, in any format that can be prepared, to ask instead of a split."""
    max_new_tokens: int = Field(default=256, ge=1, le=8192)
    temperature: float = Field(default=0.0, ge=0, le=5)
    batch_size: int | None = Field(default=None, ge=1, le=1024)
    """The most examples answered at once; None: as many as pay and fit in memory."""
    limit: int | None = Field(default=None, ge=1)
    """Score only this many examples, from the start of each split."""
    embedding_model: str | None = None
    """A sentence-transformers model for semantic similarity: a folder or hub id; None: the packaged one."""
    answer_schema: str = Field(default="", max_length=LONGEST_TEXT)
    """A JSON schema that answers are to satisfy; empty: what the references have in common, if they are JSON."""
    general_ability: bool = False
    """Also ask every model the general set, to see what tuning cost beside the subject."""
    harness_tasks: tuple[TaskName, ...] = Field(default=(), max_length=32)
    """Names of tasks of lm-evaluation-harness to ask as well, where it is installed; `limit` holds for each."""
    benchmark_speed: bool = False
    seed: int = Field(default=42, ge=0)

    @field_validator("answer_schema")
    @classmethod
    def _is_schema(cls, text: str) -> str:
        if text and (problem := why_no_schema(text)):
            raise ValueError(problem)
        return text

    @model_validator(mode="before")
    @classmethod
    def _first_split(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("splits"):
            return {"split": values["splits"][0]} | values
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.name for one in self.models]
        if bool(self.model) == bool(names):
            raise ValueError("name the model to evaluate, or list several in models, but not both")
        if names and (self.base_model or self.nearest):
            raise ValueError("base_model and nearest go with model; list them in models instead")
        if len({*names}) < len(names):
            raise ValueError("two models have the same name")
        if names and all(one.look_up for one in self.models):
            raise ValueError("name at least one model besides the look-up")
        if names and self.reference and self.reference not in names:
            raise ValueError(f"reference is none of the models: {', '.join(names)}")
        if self.reference and not names:
            raise ValueError("reference goes with models")
        if not (self.dataset or self.test_file):
            raise ValueError("name a dataset, or a test_file")
        if not self.dataset and (self.nearest or any(one.look_up for one in self.models)):
            raise ValueError("the look-up needs a dataset with training examples")
        if self.test_file and self.splits:
            raise ValueError("ask the splits of a dataset or a test_file, but not both")
        if len({*self.splits}) < len(self.splits):
            raise ValueError("a split is named twice")
        if self.splits and self.splits[0] != self.split:
            raise ValueError("split is the first of splits")
        return self

    def named_paths(self) -> set[str]:
        """See Spec; with the models compared."""
        local = (one.model for one in self.models if one.model and not one.endpoint)
        return super().named_paths() | {model for model in local if model.startswith("/")}

    def relocated(self, places: dict[str, str]) -> Self:
        """See Spec; with the models compared."""
        moved = (
            one if one.endpoint else one.model_copy(update={"model": places.get(one.model, one.model)})
            for one in self.models
        )
        return super().relocated(places).model_copy(update={"models": tuple(moved)})
