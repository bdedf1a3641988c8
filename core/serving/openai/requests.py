"""Requests for chat and text completions. Light: pydantic only."""

from typing import Annotated, Literal

from pydantic import FailFast, Field, field_validator, model_validator

from core.inference.request_fields import LONGEST_PROMPT, RequestPart
from core.inference.settings import SamplingSettings
from core.serving.openai.messages import Message
from core.serving.openai.tools import MOST_TOOLS, checked_tools, template_tools


class StreamOptions(RequestPart):
    include_usage: bool = False


class CompletionSettings(SamplingSettings):
    """What chat and text completions have in common."""

    model: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None


class NamedFunction(RequestPart):
    name: str


class NamedTool(RequestPart):
    """The tool that must be called."""

    type: Literal["function"] = "function"
    function: NamedFunction


class ChatCompletionRequest(CompletionSettings):
    messages: Annotated[list[Message], FailFast()] = Field(min_length=1, max_length=1000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=32768)
    """The newer name of `max_tokens`; takes precedence if both are given."""
    tools: list[dict] = Field(default=[], max_length=MOST_TOOLS)
    """Functions that the model may call, put into the prompt as in training."""
    tool_choice: Literal["auto", "none", "required"] | NamedTool = "auto"
    """A GGUF can be made to call a tool, any or the named one; other models return an error."""
    parallel_tool_calls: bool = True
    """If false, only the first call of an answer is returned."""

    @model_validator(mode="before")
    @classmethod
    def _use_newer_name(cls, values):
        if isinstance(values, dict) and values.get("max_completion_tokens") is not None:
            return {**values, "max_tokens": values["max_completion_tokens"]}
        return values

    @field_validator("tools")
    @classmethod
    def _check_tools(cls, tools):
        return checked_tools(tools)

    @model_validator(mode="after")
    def _check_response_format(self):
        if self.offered_tools and self.response_format and self.response_format.type != "text":
            raise ValueError("response_format cannot be combined with tools; leave one out, or set tool_choice to none")
        return self

    @model_validator(mode="after")
    def _check_tool_choice(self):
        if self.tool_choice not in ("auto", "none") and not self.must_call:
            raise ValueError("tool_choice requires a call of a tool that is not among the tools")
        if self.tool_choice == "auto" and any(tool["function"].get("strict") for tool in self.tools):
            raise ValueError("strict tools work only if tool_choice requires a call")
        return self

    @property
    def offered_tools(self) -> list[dict]:
        """The tools that go into the prompt."""
        return [] if self.tool_choice == "none" else template_tools(self.tools)

    @property
    def must_call(self) -> list[dict]:
        """The tools of which one must be called; empty if the model decides."""
        if isinstance(self.tool_choice, NamedTool):
            return [tool for tool in self.tools if tool["function"]["name"] == self.tool_choice.function.name]
        return self.tools if self.tool_choice == "required" else []


class CompletionRequest(CompletionSettings):
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]

    @field_validator("prompt", mode="before")
    @classmethod
    def _check_single(cls, prompt):
        if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
            return prompt[0]
        if isinstance(prompt, list):
            raise ValueError("give one text; several prompts and token ids are not supported")
        return prompt

    @field_validator("system")
    @classmethod
    def _refuse_system(cls, system):
        if system:
            raise ValueError("a text completion has no system prompt; put what the model should know into the prompt")
        return system
