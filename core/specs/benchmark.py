"""The spec of a benchmark."""

from pydantic import Field

from core.specs.spec import Spec


class BenchmarkSpec(Spec):
    """Measure time to first token, tokens per second, load time and peak memory of several models."""

    models: tuple[str, ...] = Field(min_length=1)
    base_model: str | None = None
    new_tokens: int = Field(default=64, ge=1, le=4096)
    repeats: int = Field(default=3, ge=1, le=50)
