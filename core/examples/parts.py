"""Message content in parts (OpenAI, Anthropic, Gemini, Bedrock, Vercel): text, reasoning, tool calls and results.

Images, audio and files are refused: a text model would learn to talk about things it never saw.
"""

from dataclasses import dataclass, field

from core.examples.drops import Drop
from core.examples.texts import as_json, text_of

_TEXT = ("text", "value", "content", "input_text", "output_text", "refusal", "summary_text")
_REASONING = ("thinking", "reasoning", "thought", "reasoningContent", "reasoning_content", "reasoning_text", "summary")
_CALL = ("tool_use", "tool_call", "toolUse", "functionCall", "function_call")
_RESULT = ("tool_result", "toolResult", "functionResponse", "function_call_output", "function_response")
_MEDIA = (
    "image", "image_url", "input_image", "inlineData", "inline_data", "fileData", "file_data", "audio", "input_audio",
    "audio_url", "video", "video_url", "input_video", "document", "file", "input_file", "media",
)  # fmt: skip
_UNREADABLE = frozenset({"redacted_thinking", "cachePoint", "step_start", "step_finish"})
"""Parts without content: encrypted reasoning, cache points, step boundaries."""
_BESIDE = frozenset({"cache_control", "annotations", "citations", "signature", "thoughtSignature", "thought", "state"})
_KINDS = (("media", _MEDIA), ("call", _CALL), ("result", _RESULT), ("reasoning", _REASONING), ("text", _TEXT))
_BY_TYPE = {name: kind for kind, names in _KINDS for name in names}


class UnreadableError(ValueError):
    """A value is not a conversation; `drop` says why."""

    def __init__(self, drop: Drop):
        super().__init__(str(drop))
        self.drop = drop


@dataclass
class Parts:
    """The parts of a message, sorted: text, reasoning, tool calls, tool results."""

    text: str = ""
    reasoning: str = ""
    calls: list[dict] = field(default_factory=list)
    """In OpenAI's format, with the function's name and arguments."""
    results: list[dict] = field(default_factory=list)
    """Messages of the role `tool`."""

    @property
    def all_words(self) -> str:
        """Reasoning and text together, for a part that is all reasoning."""
        return self.reasoning + self.text


def are_parts(value: object) -> bool:
    """Whether content is a list of parts, not data such as a tool's result or requested JSON."""
    return isinstance(value, list) and all(isinstance(part, str) or _kind(part) is not None for part in value)


def read_parts(value: list) -> Parts:
    """The parts of a message's content. Raises UnreadableError for media and unknown parts."""
    found = Parts()
    for part in value:
        part = {"text": part} if isinstance(part, str) else part
        kind = _kind(part)
        if kind == "media":
            raise UnreadableError(Drop.MEDIA)
        if kind == "call":
            found.calls.append(_call(part))
        elif kind == "result":
            found.results.append(_result(part))
        elif kind == "reasoning":
            found.reasoning += _said(part)
        elif kind == "text":
            found.text += _said(part)
        elif kind is None:
            raise UnreadableError(Drop.NOT_TEXT)
    return found


def _kind(part: object) -> str | None:
    """The kind of a part by its type, or by its only filled field; "" for one without content, None if unknown."""
    if not isinstance(part, dict):
        return None
    named = str(part.get("type") or "").strip().replace("-", "_")
    if named in _UNREADABLE:
        return ""
    if part.get("thought") is True:
        return "reasoning"
    if named.startswith("tool_") and named not in _BY_TYPE:  # the Vercel SDK puts the tool's name here
        return "result" if "output" in part or "result" in part else "call"
    if named:
        return _BY_TYPE.get(named)
    filled = [name for name, value in part.items() if value is not None and name not in _BESIDE]
    return _BY_TYPE.get(filled[0]) if len(filled) == 1 else None


def _said(value: object) -> str:
    """The text in a part, however nested: `text`, `{"text": {"value": …}}`, `{"thinking": [{"text": …}]}`."""
    if isinstance(value, list):
        return "".join(map(_said, value))
    if isinstance(value, dict):
        names = (*_TEXT, *_REASONING, "reasoningText")
        return next((_said(value[name]) for name in names if value.get(name) not in (None, True)), "")
    text = text_of(value)
    if text is None:
        raise UnreadableError(Drop.NOT_TEXT)
    return text


def _call(part: dict) -> dict:
    inner = _inner(part, _CALL)
    inner = inner.get("function") if isinstance(inner.get("function"), dict) else inner
    name = _first(inner, "name", "toolName", "tool_name")
    if not isinstance(name, str):
        raise UnreadableError(Drop.NOT_TEXT)
    arguments = _first(inner, "input", "args", "arguments", "parameters")
    identity = _identity(part, inner)
    return ({"id": identity} if identity else {}) | {"function": {"name": name, "arguments": arguments}}


def _result(part: dict) -> dict:
    inner = _inner(part, _RESULT)
    output = _first(inner, "content", "output", "result", "response")
    if isinstance(output, list) and are_parts(output):
        output = read_parts(output).text
    text = output if isinstance(output, str) else "" if output is None else as_json(output)
    name = _first(inner, "name", "toolName")
    message = {"role": "tool", "content": text}
    if isinstance(name, str):
        message["name"] = name
    return message | ({"tool_call_id": identity} if (identity := _identity(part, inner)) else {})


def _inner(part: dict, names: tuple[str, ...]) -> dict:
    return next((part[name] for name in names if isinstance(part.get(name), dict)), part)


def _identity(part: dict, inner: dict) -> str | None:
    names = ("tool_use_id", "toolUseId", "toolCallId", "tool_call_id", "call_id", "id")
    found = _first(inner, *names) or _first(part, *names)
    return found if isinstance(found, str) else None


def _first(values: dict, *names: str) -> object:
    return next((values[name] for name in names if values.get(name) is not None), None)
