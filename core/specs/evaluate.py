"""The spec of an evaluation, and the names of its metrics."""

from pydantic import Field

from core.specs.prepare import Split
from core.specs.spec import Spec

SCORE_NAMES = (
    "loss", "perplexity", "token_accuracy", "exact_match", "accuracy", "f1",
    "rouge1", "rouge2", "rougeL", "bleu", "mean_length",
)  # fmt: skip


class EvaluateSpec(Spec):
    """Score a model and its base on the same examples of one split."""

    model: str
    """A name of the catalogue, a run's folder, its `final/`, a checkpoint, a merged model, a GGUF, or a hub id."""
    base_model: str | None = None
    """Scored beside `model`; None means the base that an adapter names."""
    dataset: str
    split: Split = Split.TEST
    max_new_tokens: int = Field(default=256, ge=1, le=8192)
    temperature: float = Field(default=0.0, ge=0, le=5)
    batch_size: int = Field(default=16, ge=1, le=1024)
    limit: int | None = Field(default=None, ge=1)
    """Score only this many examples, from the start of the split."""
    nearest: bool = False
    """Also score the nearest-neighbour baseline: the answer to the most similar training question."""
    benchmark_speed: bool = False
    seed: int = Field(default=42, ge=0)
