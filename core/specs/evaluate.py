"""What can be asked of an evaluation, and the names of its scores."""

from pydantic import Field

from core.specs.prepare import Split
from core.specs.spec import Spec

SCORE_NAMES = (
    "loss", "perplexity", "token_accuracy", "exact_match", "accuracy", "f1",
    "rouge1", "rouge2", "rougeL", "bleu", "mean_length",
)  # fmt: skip


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
