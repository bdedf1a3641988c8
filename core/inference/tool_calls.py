"""Tool calls in what a model writes, in the formats that chat templates, and training without one, write them in.

Those are JSON with a name and arguments, alone, in a list or between tags such as `<tool_call>`; a name followed by its
arguments (Mistral); and functions and parameters as tags (Qwen3-Coder). What is none of these stays text.
"""

import json
import re

from core.inference.sampling import overlap

_TAGS = ("<tool_call>", "<tool_calls>", "<|tool_call|>", "<function=", "<|python_tag|>", "[TOOL_CALLS]")
"""What calls begin with wherever it stands."""
_AT_LINES = ("[", "{", "```")
"""What calls begin with where a line begins, as names of tools do that arguments follow."""
_BETWEEN = re.compile(
    r"(?:\s|[;,]|```(?:json)?|</?tool_calls?>|<\|/?tool_call\|>|<\|python_tag\|>|\[TOOL_CALLS\]|\[/TOOL_CALLS\])*"
)
_NAMED = re.compile(r"([\w.-]+)(?:\[ARGS\])?(?=\{)")
_FUNCTION, _FUNCTION_END = re.compile(r"<function=([^>\n]{1,200})>"), "</function>"
_PARAMETER, _PARAMETER_END = re.compile(r"<parameter=([^>\n]{1,200})>\n?"), "</parameter>"
_JSON = json.JSONDecoder()


class ToolCallWatch:
    """Lets an answer's text through until a call may begin in it, and holds back the rest to see whether it is one."""

    def __init__(self, tools: list[dict]):
        self._types = {tool["function"]["name"]: _types_in(tool["function"].get("parameters", {})) for tool in tools}
        named = (f"{name}{arguments}" for name in self._types for arguments in ("{", "[ARGS]"))
        at_lines = (*_TAGS, *_AT_LINES, *named)
        self._openings = (*_TAGS, *(f"\n{space}{text}" for text in at_lines for space in ("", " ")))
        self._held = "\n"  # an answer begins a line
        self._passed_any = self._opened = False

    def push(self, text: str) -> str:
        """What of the answer so far is certain to be text."""
        self._held += text
        if self._opened:
            return ""
        places = [place for opening in self._openings if (place := self._held.find(opening)) >= 0]
        self._opened = bool(places)
        if places:
            return self._pass(min(places))
        kept = max(overlap(self._held, opening) for opening in self._openings)
        return self._pass(len(self._held) - kept)

    def rest(self) -> tuple[str, list[dict]]:
        """At the end of the answer: the text still held back, and the calls (name and arguments) if it is those."""
        calls = self._calls(self._held) if self._opened else None
        held = self._held if self._passed_any else self._held.removeprefix("\n")
        return ("", calls) if calls else (held, [])

    def _pass(self, length: int) -> str:
        passed, self._held = self._held[:length], self._held[length:]
        if passed and not self._passed_any:
            self._passed_any = True
            return passed.removeprefix("\n")
        return passed

    def _calls(self, text: str) -> list[dict] | None:
        """All calls in `text`; None where anything in it is no call of a tool that was offered."""
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
        """Arguments written as tags: text where the tool wants text, JSON elsewhere."""
        types, found, place = self._types.get(name, {}), {}, 0
        while (opened := _PARAMETER.search(text, place)) and (end := text.find(_PARAMETER_END, opened.end())) >= 0:
            key, value = opened[1].strip(), text[opened.end() : end].removesuffix("\n")
            found[key] = value if types.get(key) == "string" else _read(value)
            place = end
        return found


def _types_in(parameters: dict) -> dict[str, object]:
    properties = parameters.get("properties")
    parts = properties.items() if isinstance(properties, dict) else ()
    return {name: part.get("type") for name, part in parts if isinstance(part, dict)}


def _read(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
