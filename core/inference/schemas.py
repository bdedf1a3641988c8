"""What clients of a model server send and get: our own routes and OpenAI's wire format. Light: pydantic only."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LONGEST_PROMPT = 1_000_000
"""Characters of one request's text; the model's context ends long before."""

Text = Annotated[str, Field(max_length=LONGEST_PROMPT)]
StopText = Annotated[str, Field(min_length=1, max_length=64)]


class JsonSchema(BaseModel):
    """A JSON schema with a name, as OpenAI's clients send it."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(default="answer", max_length=64)
    body: dict = Field(alias="schema")


class ResponseFormat(BaseModel):
    """What an answer must be: any text, any JSON object, or JSON of a schema with all its properties in order."""

    model_config = ConfigDict(frozen=True)

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _complete(self):
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("json_schema needs a schema")
        return self

    @property
    def schema_asked(self) -> dict | None:
        """The schema; None for any JSON object."""
        return self.json_schema.body if self.type == "json_schema" else None


class SamplingSettings(BaseModel):
    """How an answer is drawn. The same seed and settings give the same text."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    temperature: float = Field(default=0.7, ge=0, le=5)
    """0 always takes the likeliest token."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Only the likeliest tokens that together have this probability are drawn from."""
    max_tokens: int = Field(default=256, ge=1, le=32768)
    seed: int | None = Field(default=None, ge=0, lt=1 << 63)
    """None draws another answer each time."""
    stop: tuple[StopText, ...] = Field(default=(), max_length=8)
    """The answer ends before the first of these."""
    system: Text | None = None
    """A system prompt, put before messages that have none."""
    response_format: ResponseFormat | None = None
    """A GGUF can be held to JSON; other models answer such a request with an error."""

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, stop):
        return (stop,) if isinstance(stop, str) else stop or ()


class Message(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: Text

    @field_validator("content", mode="before")
    @classmethod
    def _text_parts(cls, content):
        """OpenAI's clients may send a list of parts; only text is understood here."""
        if not isinstance(content, list):
            return content
        if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content):
            raise ValueError("only text can be sent to this model")
        return "".join(part["text"] for part in content)


class GenerateRequest(SamplingSettings):
    """One question; the answer comes as from the chat page."""

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]


class Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Timing(BaseModel):
    """Seconds from the moment the model began to read the prompt."""

    time_to_first_token_s: float
    tokens_per_second: float | None
    """After the first token; None for an answer of one."""
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
    """How many of the best are returned; all when None."""


class RankedDocument(BaseModel):
    index: int
    """Place in the request's documents."""
    score: float
    document: str


class RerankResponse(BaseModel):
    model: str
    results: list[RankedDocument]


class StreamOptions(BaseModel):
    include_usage: bool = False


class CompletionSettings(SamplingSettings):
    """What chat and text completions share. OpenAI's further parameters are accepted and have no effect."""

    model: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1


class ChatCompletionRequest(CompletionSettings):
    messages: list[Message] = Field(min_length=1, max_length=1000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=32768)

    @model_validator(mode="before")
    @classmethod
    def _newer_name(cls, values):
        if isinstance(values, dict) and values.get("max_completion_tokens") is not None:
            return {**values, "max_tokens": values["max_completion_tokens"]}
        return values


class CompletionRequest(CompletionSettings):
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]


class ChatChoice(BaseModel):
    index: int = 0
    message: Message
    finish_reason: Literal["stop", "length"]


class ChatCompletionResponse(BaseModel):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage
    timing: Timing


class TextChoice(BaseModel):
    index: int = 0
    text: str
    finish_reason: Literal["stop", "length"]
    logprobs: None = None


class CompletionResponse(BaseModel):
    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage
    timing: Timing


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
