"""The messages of a chat request, and the conversation they form in training's terms."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from core.examples.messages import REASONING, read_messages
from core.inference.request_fields import RequestPart, Text, check_encodable
from core.serving.openai.tools import LONGEST_TOOL_NAME, MOST_TOOLS

_UNSUPPORTED = ("images", "videos", "audio", "files", "attachments", "documents", "prefix", "partial")
"""Fields of messages on other servers that would change the answer."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_TOOL_NAME)]


class FunctionCall(RequestPart):
    """A function with its arguments: JSON text, as OpenAI has them, or the object itself."""

    name: Name
    arguments: Text | dict[str, Any] = "{}"

    @field_validator("arguments")
    @classmethod
    def _as_object(cls, arguments):
        try:
            value = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise ValueError("the arguments of a call must be a JSON object")
        check_encodable(value)
        return value


class ToolCall(RequestPart):
    id: Annotated[str, Field(max_length=256)] | None = None
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(RequestPart):
    """One message of a conversation. Content in parts is joined; `developer` is the newer name of `system`."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text = ""
    tool_calls: list[ToolCall] = Field(default=[], max_length=MOST_TOOLS)
    function_call: FunctionCall | None = None
    tool_call_id: Annotated[str, Field(max_length=256)] | None = None
    name: Name | None = None
    reasoning_content: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _check_content(cls, values):
        if not isinstance(values, dict):
            return values
        if unsupported := next((name for name in _UNSUPPORTED if values.get(name)), None):
            raise ValueError(f"{unsupported} of a message is not supported here")
        if reasoning := next((values[name] for name in REASONING if isinstance(values.get(name), str)), None):
            values = {**values, "reasoning_content": reasoning}
        if values.get("content") is not None:
            return values
        if isinstance(values.get("refusal"), str):
            return {**values, "content": values["refusal"]}
        calls = values.get("tool_calls") or values.get("function_call")
        if not (calls and values.get("role") == "assistant"):
            raise ValueError(f"a message of the role {str(values.get('role'))[:20]!r} has no content")
        return values

    @field_validator("content", mode="before")
    @classmethod
    def _join_parts(cls, content):
        return "".join(map(_text_of_part, content)) if isinstance(content, list) else content

    @model_validator(mode="after")
    def _check_caller(self):
        if (self.tool_calls or self.function_call) and self.role != "assistant":
            raise ValueError(f"only the assistant calls tools, not the {self.role}")
        return self

    def turn(self) -> dict:
        """The message as training reads it from a file."""
        turn: dict = {"role": self.role, "content": self.content}
        calls = [call.model_dump(exclude_none=True) for call in self.tool_calls]
        if self.function_call:
            calls.append({"function": self.function_call.model_dump()})
        if calls:
            turn["tool_calls"] = calls
        if self.reasoning_content and self.role == "assistant":
            turn["reasoning_content"] = self.reasoning_content
        if self.role in ("tool", "function"):
            turn |= {name: value for name in ("name", "tool_call_id") if (value := getattr(self, name))}
        return turn


def _text_of_part(part: object) -> str:
    if isinstance(part, str):
        return part
    kind = part.get("type", "text") if isinstance(part, dict) else None
    text = part.get("refusal" if kind == "refusal" else "text") if kind in ("text", "input_text", "refusal") else None
    if not isinstance(text, str):
        raise ValueError(f"only text can be sent to this model; a part of type {str(kind)[:40]!r} cannot")
    return text


def conversation_of(messages: list[Message]) -> list[dict]:
    """The messages in training's form, parsed by the same code as training data."""
    return read_messages([message.turn() for message in messages])
