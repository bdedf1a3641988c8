"""Parses tool calls in the formats that chat templates use, and that training uses for models without one.

These are: JSON with a name and arguments, alone, in a list or between tags such as `<tool_call>`; a name followed by
its arguments (Mistral); functions and parameters as tags (Qwen3-Coder). Anything else is text.
"""

import json
import re

_BETWEEN = re.compile(
    r"(?:\s|[;,]|```(?:json)?|</?tool_calls?>|<\|/?tool_call\|>|<\|python_tag\|>|\[TOOL_CALLS\]|\[/TOOL_CALLS\])*"
)
_NAMED = re.compile(r"([\w.-]+)(?:\[ARGS\])?(?=\{)")
_FUNCTION, _FUNCTION_END = re.compile(r"<function=([^>\n]{1,200})>"), "</function>"
_PARAMETER, _PARAMETER_END = re.compile(r"<parameter=([^>\n]{1,200})>\n?"), "</parameter>"
_JSON = json.JSONDecoder()


class ToolCallParser:
    """Parses calls of the `tools` that were offered."""

    def __init__(self, tools: list[dict]):
        self._types = {tool["function"]["name"]: _types_in(tool["function"].get("parameters", {})) for tool in tools}

    @property
    def names(self) -> list[str]:
        """The names of the tools."""
        return list(self._types)

    def calls(self, text: str) -> list[dict] | None:
        """The calls that make up `text`; None if any part of it is not a call of an offered tool."""
        found: list[dict] = []
        place = _BETWEEN.match(text).end()
        while place < len(text):
            read = self._call_at(text, place)
            if read is None:
                return None
            calls, place = read
            found += calls
            place = _BETWEEN.match(text, place).end()
        return found

    def _call_at(self, text: str, place: int) -> tuple[list[dict], int] | None:
        if function := _FUNCTION.match(text, place):
            name, end = function[1].strip(), text.find(_FUNCTION_END, function.end())
            if end < 0 or name not in self._types:
                return None
            arguments = self._parameters(name, text[function.end() : end])
            return [{"name": name, "arguments": arguments}], end + len(_FUNCTION_END)
        named = _NAMED.match(text, place)
        try:
            value, end = _JSON.raw_decode(text, named.end() if named else place)
        except (ValueError, RecursionError):
            return None
        listed = [{"name": named[1], "arguments": value}] if named else value if isinstance(value, list) else [value]
        calls = [self._call(call) for call in listed]
        return (calls, end) if calls and None not in calls else None

    def _call(self, call: object) -> dict | None:
        inner = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or inner["name"] not in self._types:
            return None
        arguments = inner.get("arguments", inner.get("parameters", {}))
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except (ValueError, RecursionError):
                return None
        return {"name": inner["name"], "arguments": arguments} if isinstance(arguments, dict) else None

    def _parameters(self, name: str, text: str) -> dict:
        """Arguments written as tags: plain text for parameters of type string, JSON for others."""
        types, found, place = self._types.get(name, {}), {}, 0
        while (opened := _PARAMETER.search(text, place)) and (end := text.find(_PARAMETER_END, opened.end())) >= 0:
            key, value = opened[1].strip(), text[opened.end() : end].removesuffix("\n")
            found[key] = value if types.get(key) == "string" else _json_or_text(value)
            place = end
        return found


def _types_in(parameters: dict) -> dict[str, object]:
    properties = parameters.get("properties")
    parts = properties.items() if isinstance(properties, dict) else ()
    return {name: part.get("type") for name, part in parts if isinstance(part, dict)}


def _json_or_text(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
