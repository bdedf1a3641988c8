"""How an answer is drawn, and what it is held to: the settings that every engine takes. Light: pydantic only."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from core.errors import InputError
from core.inference.json_schema import check_size
from core.inference.request_fields import Asked, AskedWhole, Text, check_whole

_MOST_BIASES = 1024
StopText = Annotated[str, Field(min_length=1, max_length=64)]


class JsonSchema(Asked):
    """A JSON schema with a name, as OpenAI's clients send it. Answers are always held to it, `strict` or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="answer", max_length=64)
    description: Text = ""
    strict: bool = True
    body: dict = Field(alias="schema")

    @field_validator("body")
    @classmethod
    def _small(cls, body):
        try:
            check_size(body)
        except InputError as error:
            raise ValueError(error.message) from None
        check_whole(body)
        return body


class ResponseFormat(Asked):
    """What an answer must be: any text, any JSON object, or JSON of a schema with all its properties in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _complete(self):
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise ValueError("a json_schema belongs to the type json_schema, and to no other")
        return self

    @property
    def schema_asked(self) -> dict | None:
        """The schema; None for any JSON object."""
        return self.json_schema.body if self.type == "json_schema" else None


class SamplingSettings(AskedWhole):
    """How an answer is drawn. The same seed and settings give the same text."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    temperature: float = Field(default=0.7, ge=0, le=5)
    """0 always takes the likeliest token."""
    top_p: float = Field(default=0.95, ge=0, le=1)
    """Only the likeliest tokens that together have this probability are drawn from."""
    max_tokens: int = Field(default=256, ge=1, le=32768)
    frequency_penalty: float = Field(default=0, ge=-2, le=2)
    """Taken from the logit of a token for each time that it is in the answer already."""
    presence_penalty: float = Field(default=0, ge=-2, le=2)
    """Taken once from the logit of every token that is in the answer already."""
    logit_bias: dict[int, Annotated[float, Field(ge=-100, le=100)]] = Field(default={}, max_length=_MOST_BIASES)
    """Added to the logits of these token ids."""
    seed: int | None = Field(default=None, ge=-(1 << 63), lt=1 << 63)
    """None draws another answer each time."""
    stop: tuple[StopText, ...] = Field(default=(), max_length=8)
    """The answer ends before the first of these."""
    system: Text | None = None
    """A system prompt, put before messages that have none."""
    response_format: ResponseFormat | None = None
    """A GGUF can be held to JSON; other models answer such a request with an error."""

    @field_validator("logit_bias", mode="before")
    @classmethod
    def _not_too_many(cls, bias):
        if isinstance(bias, dict) and len(bias) > _MOST_BIASES:  # before each of them is looked at
            raise ValueError(f"logit_bias may name at most {_MOST_BIASES} tokens, not {len(bias)}")
        return bias

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, stop):
        return (stop,) if isinstance(stop, str) else stop or ()
