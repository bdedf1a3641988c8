"""Separates tool calls from text in an answer, while it is being generated."""

from core.inference.stop_texts import overlap
from core.inference.tool_call_formats import ToolCallParser

_TAGS = ("<tool_call>", "<tool_calls>", "<|tool_call|>", "<function=", "<|python_tag|>", "[TOOL_CALLS]")
"""How calls begin anywhere in an answer."""
_AT_LINE_START = ("[", "{", "```")
"""How calls begin at the start of a line, besides with the name of a tool and its arguments."""


class ToolCallWatch:
    """Passes text through until a call may begin in it, and holds the rest back until the end decides."""

    def __init__(self, tools: list[dict]):
        self._parser = ToolCallParser(tools)
        named = (f"{name}{arguments}" for name in self._parser.names for arguments in ("{", "[ARGS]"))
        at_line_start = (*_TAGS, *_AT_LINE_START, *named)
        self._openings = (*_TAGS, *(f"\n{space}{text}" for text in at_line_start for space in ("", " ")))
        self._held = "\n"  # the start of an answer is the start of a line
        self._passed_any = self._opened = False

    def push(self, text: str) -> str:
        """Add a piece of the answer; returns what is certain to be text."""
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
        """At the end of the answer: the text still held back, and the calls (name and arguments). One is empty."""
        calls = self._parser.calls(self._held) if self._opened else None
        held = self._held if self._passed_any else self._held.removeprefix("\n")
        return ("", calls) if calls else (held, [])

    def _pass(self, length: int) -> str:
        passed, self._held = self._held[:length], self._held[length:]
        if passed and not self._passed_any:
            self._passed_any = True
            return passed.removeprefix("\n")
        return passed
