"""Whole answers as completion responses."""

import json
import time
import uuid

from core.inference.engine import Chunk
from core.inference.tool_calls import ToolCallWatch
from core.serving.openai.requests import ChatCompletionRequest
from core.serving.openai.responses import (
    Answer,
    AnsweredCall,
    CalledFunction,
    ChatChoice,
    ChatCompletionResponse,
    CompletionResponse,
    TextChoice,
)
from core.serving.usage import timing_of, usage_of


def chat_response(model: str, body: ChatCompletionRequest, text: str, last: Chunk) -> ChatCompletionResponse:
    """A whole answer in a chat."""
    parts = TextAndCalls(body)
    text = parts.push(text)
    rest, calls = parts.rest()
    answer = Answer(content=text + rest if text + rest or not calls else None, tool_calls=calls)
    choice = ChatChoice(message=answer, finish_reason=finish_reason(last, calls))
    return ChatCompletionResponse(
        id=new_id("chatcmpl"), created=int(time.time()), model=model, choices=[choice],
        usage=usage_of(last), timing=timing_of(last),
    )  # fmt: skip


def text_response(model: str, text: str, last: Chunk) -> CompletionResponse:
    """A whole continuation of a text."""
    return CompletionResponse(
        id=new_id("cmpl"), created=int(time.time()), model=model,
        choices=[TextChoice(text=text, finish_reason=last.finish_reason)], usage=usage_of(last), timing=timing_of(last),
    )  # fmt: skip


class TextAndCalls:
    """Splits a chat answer, as it arrives, into text and tool calls."""

    def __init__(self, body: ChatCompletionRequest):
        self._watch = ToolCallWatch(body.offered_tools) if body.offered_tools else None
        self._most = None if body.parallel_tool_calls else 1

    def push(self, text: str) -> str:
        """Add a piece of the answer; returns what is certain to be text."""
        return self._watch.push(text) if self._watch else text

    def rest(self) -> tuple[str, list[AnsweredCall]]:
        """At the end of the answer: the text held back, and the calls."""
        if not self._watch:
            return "", []
        text, calls = self._watch.rest()
        return text, [_answered(call) for call in calls[: self._most]]


def _answered(call: dict) -> AnsweredCall:
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    return AnsweredCall(id=new_id("call"), function=CalledFunction(name=call["name"], arguments=arguments))


def finish_reason(last: Chunk, calls: list[AnsweredCall]) -> str:
    """Why an answer ended, in OpenAI's words."""
    return "tool_calls" if calls and last.finish_reason == "stop" else last.finish_reason


def new_id(prefix: str) -> str:
    """A random id such as `cmpl-…`."""
    return f"{prefix}-{uuid.uuid4().hex}"
