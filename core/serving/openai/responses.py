"""Responses with chat and text completions. Light: pydantic only."""

from typing import Literal

from pydantic import BaseModel, model_serializer

from core.serving.schemas import Timing, Usage


class CalledFunction(BaseModel):
    name: str
    arguments: str
    """JSON."""


class AnsweredCall(BaseModel):
    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Answer(BaseModel):
    """The assistant's message: text, and the tools it calls."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    tool_calls: list[AnsweredCall] = []

    @model_serializer(mode="wrap")
    def _omit_empty_calls(self, write):
        written = write(self)
        return written if self.tool_calls else {"role": self.role, "content": self.content}


class ChatChoice(BaseModel):
    index: int = 0
    message: Answer
    finish_reason: Literal["stop", "length", "tool_calls"]
    logprobs: None = None


class TextChoice(BaseModel):
    index: int = 0
    text: str
    finish_reason: Literal["stop", "length"]
    logprobs: None = None


class _Response(BaseModel):
    id: str
    object: str
    created: int
    model: str
    choices: list
    usage: Usage
    timing: Timing


class ChatCompletionResponse(_Response):
    object: Literal["chat.completion"] = "chat.completion"
    choices: list[ChatChoice]


class CompletionResponse(_Response):
    object: Literal["text_completion"] = "text_completion"
    choices: list[TextChoice]
