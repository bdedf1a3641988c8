"""The spec of an export, and the GGUF types."""

from enum import StrEnum

from pydantic import Field, field_validator

from core.specs.spec import Spec
from core.values import LONGEST_TEXT


class GgufType(StrEnum):
    """The GGUF types on offer, by llama.cpp's names in lower case."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q5_K_M = "q5_k_m"
    Q4_K_M = "q4_k_m"
    Q4_0 = "q4_0"


class ExportSpec(Spec):
    """Make GGUF files of a model, each checked against its source before it is published."""

    model: str
    base_model: str | None = None
    types: tuple[GgufType, ...] = (GgufType.Q4_K_M, GgufType.Q5_K_M, GgufType.Q8_0)
    benchmark: bool = False
    """Also measure the speed and memory of each type and of f16."""
    dataset: str | None = None
    """Text for perplexity and parity; None means the dataset the model was trained on, or built-in text."""
    test_generation: bool = False
    test_prompt: str | None = Field(default=None, max_length=LONGEST_TEXT)

    @field_validator("types")
    @classmethod
    def _distinct(cls, types: tuple[GgufType, ...]) -> tuple[GgufType, ...]:
        if not types:
            raise ValueError("name at least one type")
        return tuple(dict.fromkeys(types))
