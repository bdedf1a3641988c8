"""Tool calls are separated from text in every known format, and text is neither lost nor delayed."""

import pytest

from core.inference.tool_calls import ToolCallWatch

TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"town": {"type": "string"}, "days": {"type": "integer"}}}}},
    {"type": "function", "function": {"name": "get.time"}},
]  # fmt: skip
ROME = {"name": "weather", "arguments": {"town": "Rome"}}
TIME = {"name": "get.time", "arguments": {}}


def heard(text: str, size: int = 1) -> tuple[str, str, list[dict]]:
    """The text passed at once, the text at the end, and the calls."""
    watch = ToolCallWatch(TOOLS)
    passed = "".join(watch.push(text[place : place + size]) for place in range(0, len(text), size))
    return passed, *watch.rest()


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ('[{"name": "weather", "arguments": {"town": "Rome"}}, {"name": "get.time", "arguments": {}}]', [ROME, TIME]),
        ('<tool_call>\n{"name": "weather", "arguments": {"town": "Rome"}}\n</tool_call>', [ROME]),
        ('<tool_call>{"name": "get.time"}</tool_call>\n<tool_call>{"name": "get.time"}</tool_call>', [TIME, TIME]),
        ('<tool_call>\n<function=weather>\n<parameter=town>\n12\n</parameter>\n<parameter=days>\n3\n</parameter>\n'
         '</function>\n</tool_call>', [{"name": "weather", "arguments": {"town": "12", "days": 3}}]),
        ('{"name": "weather", "parameters": {"town": "Rome"}}', [ROME]),
        ('{"type": "function", "function": {"name": "weather", "arguments": "{\\"town\\": \\"Rome\\"}"}}', [ROME]),
        ('[TOOL_CALLS][{"name": "weather", "arguments": {"town": "Rome"}, "id": "x"}]', [ROME]),
        ('weather{"town": "Rome"}', [ROME]),
        ('[TOOL_CALLS]get.time[ARGS]{}', [TIME]),
        ('```json\n{"name": "weather", "arguments": {"town": "Rome"}}\n```', [ROME]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_every_format_is_recognized(text, calls, size):
    assert heard(text, size) == ("", "", calls)
    assert heard(f"I look.\n{text}", size)[1:] == ("", calls) and heard(f"I look.\n{text}", size)[0] == "I look."


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\n", "Clear [1], as {they} say.\n\nweather is nice <b>", '{"name": "unknown", "arguments": {}}',
        '[{"name": "weather", "arguments": {"town": "Rome"}}] and more', '{"name": "weather", "arguments": [1]}',
        "[1, 2]\nis a list", "<tool_call>", "weather", "A < B\n[", '{"town": "Rome"}', "  indented\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 1000])
def test_anything_else_stays_text_unchanged(text, size):
    passed, rest, calls = heard(text, size)
    assert passed + rest == text and calls == []


def test_text_passes_at_once():
    assert heard("Clear today, they say.")[0] == "Clear today, they say."
