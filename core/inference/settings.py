"""Sampling settings and output format of an answer, the same for every engine. Light: pydantic only."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from core.errors import InputError
from core.inference.grammar.limits import check_size
from core.inference.request_fields import RequestBody, RequestPart, Text, check_encodable

_MOST_BIASES = 1024
StopText = Annotated[str, Field(min_length=1, max_length=64)]


class JsonSchema(RequestPart):
    """A named JSON schema, as OpenAI's clients send it. It is always enforced, `strict` or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="answer", max_length=64)
    description: Text = ""
    strict: bool = True
    body: dict = Field(alias="schema")

    @field_validator("body")
    @classmethod
    def _check_size(cls, body):
        try:
            check_size(body)
        except InputError as error:
            raise ValueError(error.message) from None
        check_encodable(body)
        return body


class ResponseFormat(RequestPart):
    """What an answer must be: any text, any JSON object, or JSON that matches a schema."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _check_schema(self):
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise ValueError("json_schema must be given for the type json_schema, and only then")
        return self

    @property
    def schema_asked(self) -> dict | None:
        """The schema to enforce; None for any JSON object."""
        return self.json_schema.body if self.type == "json_schema" else None


class SamplingSettings(RequestBody):
    """How an answer is sampled. The same seed and settings give the same text."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    temperature: float = Field(default=0.7, ge=0, le=5)
    """0 is greedy decoding: always the likeliest token."""
    top_p: float = Field(default=0.95, ge=0, le=1)
    """Sample only from the likeliest tokens that together reach this probability."""
    max_tokens: int = Field(default=256, ge=1, le=32768)
    frequency_penalty: float = Field(default=0, ge=-2, le=2)
    """Subtracted from a token's logit for each time the answer already has it."""
    presence_penalty: float = Field(default=0, ge=-2, le=2)
    """Subtracted once from the logit of every token the answer already has."""
    logit_bias: dict[int, Annotated[float, Field(ge=-100, le=100)]] = Field(default={}, max_length=_MOST_BIASES)
    """Token id → number added to its logit."""
    seed: int | None = Field(default=None, ge=-(1 << 63), lt=1 << 63)
    """None gives a different answer each time."""
    stop: tuple[StopText, ...] = Field(default=(), max_length=8)
    """The answer ends before the first of these texts."""
    system: Text | None = None
    """A system prompt for messages that have none."""
    response_format: ResponseFormat | None = None
    """JSON output works with GGUF models only; others return an error."""

    @field_validator("logit_bias", mode="before")
    @classmethod
    def _limit_biases(cls, bias):
        if isinstance(bias, dict) and len(bias) > _MOST_BIASES:  # before pydantic validates each one
            raise ValueError(f"logit_bias may name at most {_MOST_BIASES} tokens, not {len(bias)}")
        return bias

    @field_validator("stop", mode="before")
    @classmethod
    def _as_tuple(cls, stop):
        return (stop,) if isinstance(stop, str) else stop or ()
