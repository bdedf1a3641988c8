"""The spec of a synthesis: examples written by a language model."""

from typing import Literal

from pydantic import Field, model_validator

from core.specs.spec import Spec


class SynthesizeSpec(Spec):
    """Have a language model write examples from documents, or vary the rows of a dataset."""

    task: Literal["questions", "chats", "preferences", "paraphrase", "translate", "harder"] = "questions"
    documents: tuple[str, ...] = ()
    """Files or folders, for the first three tasks."""
    dataset: str | None = None
    """Its training rows are varied by the last three tasks."""
    model: str = "starter"
    """A model reference, a GGUF, or the model's name at `endpoint`."""
    endpoint: str | None = None
    """Base URL of an OpenAI-compatible API; None runs the model in this job."""
    api_key_env: str = "TUNEWRIGHT_SYNTHESIS_API_KEY"
    """The environment variable with the endpoint's key; the key itself is never stored."""
    num_samples: int = Field(default=100, ge=1, le=1_000_000)
    language: str | None = None
    """The target of `translate`, as a name or code."""
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
