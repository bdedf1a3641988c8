"""Requests and responses of the model server's own routes, and of those that list models. Light: pydantic only.

OpenAI's completions are in `core.serving.openai`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from core.inference.request_fields import LONGEST_PROMPT, Text
from core.inference.settings import SamplingSettings


class GenerateRequest(SamplingSettings):
    """One question, answered as on the chat page."""

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]


class Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Timing(BaseModel):
    """Seconds since the model started to read the prompt."""

    time_to_first_token_s: float
    tokens_per_second: float | None
    """Decoding speed after the first token; None for an answer of one token."""
    seconds: float


class GenerateResponse(BaseModel):
    text: str
    finish_reason: Literal["stop", "length"]
    model: str
    usage: Usage
    timing: Timing


class RerankRequest(BaseModel):
    query: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
    documents: list[Text] = Field(min_length=1, max_length=1000)
    top_n: int | None = Field(default=None, ge=1)
    """How many of the best documents to return; all if None."""


class RankedDocument(BaseModel):
    index: int
    """Position in the request's documents."""
    score: float
    document: str


class RerankResponse(BaseModel):
    model: str
    results: list[RankedDocument]


class ModelCard(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["tunewright"] = "tunewright"


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelCard]


class Health(BaseModel):
    status: Literal["ready"] = "ready"
    model: str
    context_length: int
    reranker: str | None
