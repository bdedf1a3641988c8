"""How answers are written in OpenAI's wire format: whole, and as server-sent events."""

import json
import time
import uuid

from core.inference.engine import Chunk
from core.inference.tool_calls import ToolCallWatch
from core.serving.schemas import (
    Answer,
    AnsweredCall,
    CalledFunction,
    ChatChoice,
    ChatCompletionRequest,
    ChatCompletionResponse,
    CompletionResponse,
    CompletionSettings,
    TextChoice,
    Timing,
    Usage,
)


def chat_response(model: str, body: ChatCompletionRequest, text: str, last: Chunk) -> ChatCompletionResponse:
    """A whole answer in a chat, with the tools that it calls."""
    heard = _Heard(body)
    said = heard.push(text)
    rest, calls = heard.rest()
    answer = Answer(content=said + rest if said + rest or not calls else None, tool_calls=calls)
    choice = ChatChoice(message=answer, finish_reason=_finish_reason(last, calls))
    return ChatCompletionResponse(
        id=_new_id("chatcmpl"), created=int(time.time()), model=model, choices=[choice],
        usage=usage_of(last), timing=timing_of(last),
    )  # fmt: skip


def text_response(model: str, text: str, last: Chunk) -> CompletionResponse:
    """A whole continuation of a text."""
    return CompletionResponse(
        id=_new_id("cmpl"), created=int(time.time()), model=model,
        choices=[TextChoice(text=text, finish_reason=last.finish_reason)], usage=usage_of(last), timing=timing_of(last),
    )  # fmt: skip


class _Heard:
    """Text and tool calls of an answer to a chat, as it comes."""

    def __init__(self, body: ChatCompletionRequest):
        self._watch = ToolCallWatch(body.offered_tools) if body.offered_tools else None
        self._most = None if body.parallel_tool_calls else 1

    def push(self, text: str) -> str:
        return self._watch.push(text) if self._watch else text

    def rest(self) -> tuple[str, list[AnsweredCall]]:
        """The text held back, and the calls."""
        if not self._watch:
            return "", []
        text, calls = self._watch.rest()
        return text, [_answered(call) for call in calls[: self._most]]


def _answered(call: dict) -> AnsweredCall:
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    return AnsweredCall(id=_new_id("call"), function=CalledFunction(name=call["name"], arguments=arguments))


def _finish_reason(last: Chunk, calls: list[AnsweredCall]) -> str:
    return "tool_calls" if calls and last.finish_reason == "stop" else last.finish_reason


class _Events:
    """The events of one streamed answer; how a piece reads differs between chats and texts."""

    kind: str
    prefix: str

    def __init__(self, model: str, body: CompletionSettings):
        self._common = {"id": _new_id(self.prefix), "object": self.kind, "created": int(time.time()), "model": model}
        self._include_usage = bool(body.stream_options and body.stream_options.include_usage)

    def _choice(self, said: dict, finish_reason: str | None = None, **facts) -> str:
        return event_of({**self._common, "choices": [{"index": 0, **said, "finish_reason": finish_reason}], **facts})

    def _usage(self, last: Chunk) -> list[str]:
        """What the answer used, as an event of its own where it was asked for."""
        if not self._include_usage:
            return []
        facts = {"usage": usage_of(last).model_dump(), "timing": timing_of(last).model_dump()}
        return [event_of({**self._common, "choices": [], **facts})]


class ChatEvents(_Events):
    """A chat: who speaks, what is said, which tools are called, why it ended."""

    kind, prefix = "chat.completion.chunk", "chatcmpl"

    def __init__(self, model: str, body: ChatCompletionRequest):
        super().__init__(model, body)
        self._heard = _Heard(body)

    def first(self) -> list[str]:
        """Who speaks."""
        return [self._choice({"delta": {"role": "assistant", "content": ""}})]

    def chunk(self, chunk: Chunk) -> list[str]:
        """The events of a piece."""
        text = self._heard.push(chunk.text)
        if not chunk.finish_reason:
            return self._said(text)
        rest, calls = self._heard.rest()
        end = self._choice({"delta": {}}, _finish_reason(chunk, calls), timing=timing_of(chunk).model_dump())
        return [*self._said(text + rest), *self._called(calls), end, *self._usage(chunk)]

    def _said(self, text: str) -> list[str]:
        return [self._choice({"delta": {"content": text}})] if text else []

    def _called(self, calls: list[AnsweredCall]) -> list[str]:
        deltas = [{"index": place, **call.model_dump()} for place, call in enumerate(calls)]
        return [self._choice({"delta": {"tool_calls": [delta]}}) for delta in deltas]


class TextEvents(_Events):
    """The continuation of a text."""

    kind, prefix = "text_completion", "cmpl"

    def first(self) -> list[str]:
        """Nothing comes before the text."""
        return []

    def chunk(self, chunk: Chunk) -> list[str]:
        """The events of a piece."""
        said = [self._choice({"text": chunk.text})] if chunk.text else []
        if not chunk.finish_reason:
            return said
        end = self._choice({"text": ""}, chunk.finish_reason, timing=timing_of(chunk).model_dump())
        return [*said, end, *self._usage(chunk)]


def usage_of(last: Chunk) -> Usage:
    """The tokens of a whole answer, by its last chunk."""
    return Usage(
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.completion_tokens,
        total_tokens=last.prompt_tokens + last.completion_tokens,
    )


def timing_of(last: Chunk) -> Timing:
    """How long a whole answer took, by its last chunk."""
    return Timing(
        time_to_first_token_s=last.first_token_seconds, tokens_per_second=last.tokens_per_second, seconds=last.seconds
    )


def event_of(content: dict) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


def _new_id(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex}"
