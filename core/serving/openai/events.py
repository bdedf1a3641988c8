"""Answers as streams of completion chunks: one server-sent event per piece."""

import time

from core.inference.engine import Chunk
from core.serving.openai.completions import TextAndCalls, finish_reason, new_id
from core.serving.openai.requests import ChatCompletionRequest, CompletionSettings
from core.serving.openai.responses import AnsweredCall
from core.serving.streaming import event_of
from core.serving.usage import timing_of, usage_of


class _Events:
    """The events of one answer."""

    kind: str
    prefix: str

    def __init__(self, model: str, body: CompletionSettings):
        self._common = {"id": new_id(self.prefix), "object": self.kind, "created": int(time.time()), "model": model}
        self._include_usage = bool(body.stream_options and body.stream_options.include_usage)

    def _choice(self, content: dict, reason: str | None = None, **facts) -> str:
        return event_of({**self._common, "choices": [{"index": 0, **content, "finish_reason": reason}], **facts})

    def _usage(self, last: Chunk) -> list[str]:
        """An event with the token counts, if the request asked for it."""
        if not self._include_usage:
            return []
        facts = {"usage": usage_of(last).model_dump(), "timing": timing_of(last).model_dump()}
        return [event_of({**self._common, "choices": [], **facts})]


class ChatEvents(_Events):
    """A chat answer: role, text, tool calls, finish reason."""

    kind, prefix = "chat.completion.chunk", "chatcmpl"

    def __init__(self, model: str, body: ChatCompletionRequest):
        super().__init__(model, body)
        self._parts = TextAndCalls(body)

    def first(self) -> list[str]:
        """The role, before any text."""
        return [self._choice({"delta": {"role": "assistant", "content": ""}})]

    def chunk(self, chunk: Chunk) -> list[str]:
        """The events of one chunk: none for one without text."""
        text = self._parts.push(chunk.text)
        if not chunk.finish_reason:
            return self._text(text)
        rest, calls = self._parts.rest()
        end = self._choice({"delta": {}}, finish_reason(chunk, calls), timing=timing_of(chunk).model_dump())
        return [*self._text(text + rest), *self._calls(calls), end, *self._usage(chunk)]

    def _text(self, text: str) -> list[str]:
        return [self._choice({"delta": {"content": text}})] if text else []

    def _calls(self, calls: list[AnsweredCall]) -> list[str]:
        deltas = [{"index": place, **call.model_dump()} for place, call in enumerate(calls)]
        return [self._choice({"delta": {"tool_calls": [delta]}}) for delta in deltas]


class TextEvents(_Events):
    """The continuation of a text."""

    kind, prefix = "text_completion", "cmpl"

    def first(self) -> list[str]:
        """Nothing precedes the text."""
        return []

    def chunk(self, chunk: Chunk) -> list[str]:
        """The events of one chunk: none for one without text."""
        text = [self._choice({"text": chunk.text})] if chunk.text else []
        if not chunk.finish_reason:
            return text
        end = self._choice({"text": ""}, chunk.finish_reason, timing=timing_of(chunk).model_dump())
        return [*text, end, *self._usage(chunk)]
