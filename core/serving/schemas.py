"""What clients of a model server send and get: our own routes and OpenAI's wire format. Light: pydantic only."""

from typing import Annotated, Literal

from pydantic import BaseModel, FailFast, Field, field_validator, model_serializer, model_validator

from core.inference.request_fields import LONGEST_PROMPT, RequestPart, Text
from core.inference.settings import SamplingSettings
from core.serving.messages import MOST_TOOLS, Message, checked_tools, told_tools


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


class StreamOptions(RequestPart):
    include_usage: bool = False


class CompletionSettings(SamplingSettings):
    """What chat and text completions share."""

    model: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None


class NamedFunction(RequestPart):
    name: str


class NamedTool(RequestPart):
    """The tool that has to be called."""

    type: Literal["function"] = "function"
    function: NamedFunction


class ChatCompletionRequest(CompletionSettings):
    messages: Annotated[list[Message], FailFast()] = Field(min_length=1, max_length=1000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=32768)
    """The newer name of `max_tokens`; it counts where both are given."""
    tools: list[dict] = Field(default=[], max_length=MOST_TOOLS)
    """Functions that the model may call; they reach it as in training."""
    tool_choice: Literal["auto", "none", "required"] | NamedTool = "auto"
    """A GGUF can be held to calling a tool, any or the one named; other models answer such a request with an error."""
    parallel_tool_calls: bool = True
    """Where false, an answer has one call at most: its first."""

    @model_validator(mode="before")
    @classmethod
    def _newer_name(cls, values):
        if isinstance(values, dict) and values.get("max_completion_tokens") is not None:
            return {**values, "max_tokens": values["max_completion_tokens"]}
        return values

    @field_validator("tools")
    @classmethod
    def _whole(cls, tools):
        return checked_tools(tools)

    @model_validator(mode="after")
    def _one_form(self):
        if self.offered_tools and self.response_format and self.response_format.type != "text":
            raise ValueError("response_format cannot be combined with tools; leave one out, or set tool_choice to none")
        return self

    @model_validator(mode="after")
    def _known_tool(self):
        if self.tool_choice not in ("auto", "none") and not self.must_call:
            raise ValueError("tool_choice asks for a call of a tool that is not among the tools")
        if self.tool_choice == "auto" and any(tool["function"].get("strict") for tool in self.tools):
            raise ValueError("strict tools are held to only where tool_choice makes the model call one")
        return self

    @property
    def offered_tools(self) -> list[dict]:
        """The tools that the model is told of."""
        return [] if self.tool_choice == "none" else told_tools(self.tools)

    @property
    def must_call(self) -> list[dict]:
        """The tools one of which has to be called; none where the model decides."""
        if isinstance(self.tool_choice, NamedTool):
            return [tool for tool in self.tools if tool["function"]["name"] == self.tool_choice.function.name]
        return self.tools if self.tool_choice == "required" else []


class CompletionRequest(CompletionSettings):
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]

    @field_validator("prompt", mode="before")
    @classmethod
    def _one_text(cls, prompt):
        if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
            return prompt[0]
        if isinstance(prompt, list):
            raise ValueError("give one text; several prompts and token ids are not supported")
        return prompt

    @field_validator("system")
    @classmethod
    def _no_system(cls, system):
        if system:
            raise ValueError("a text goes on as it stands; put what the model should know into the prompt")
        return system


class CalledFunction(BaseModel):
    name: str
    arguments: str
    """JSON."""


class AnsweredCall(BaseModel):
    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Answer(BaseModel):
    """What the assistant says, and the tools that it calls."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    tool_calls: list[AnsweredCall] = []

    @model_serializer(mode="wrap")
    def _without_no_calls(self, write):
        written = write(self)
        return written if self.tool_calls else {"role": self.role, "content": self.content}


class ChatChoice(BaseModel):
    index: int = 0
    message: Answer
    finish_reason: Literal["stop", "length", "tool_calls"]
    logprobs: None = None


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
