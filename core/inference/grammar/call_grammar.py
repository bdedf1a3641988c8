"""A grammar that makes a model call a tool, in the format its chat template uses for calls."""

import json
import re

from core.errors import InputError
from core.examples.turns import Turns
from core.inference.grammar.gbnf import JSON_RULES, quoted
from core.inference.grammar.json_grammar import rules_of

_NAME, _ARGUMENTS = "probed_function", {"probed_argument": "probe"}
_WRITTEN_ARGUMENTS = re.compile(r'\{\s*"probed_argument"\s*:\s*"probe"\s*\}')
_NO_ARGUMENTS = {"type": "object", "properties": {}, "additionalProperties": False}


def call_grammar(turns: Turns, offered: list[dict], callable_tools: list[dict]) -> str:
    """The grammar of one call to one of `callable_tools`, with arguments that match its schema.

    `offered` are all tools in the prompt. Raises InputError for a schema that a grammar cannot enforce, and for a chat
    template that does not write arguments as JSON.
    """
    before, between, after = _call_format(turns, offered)
    calls, rules = [], []
    for number, tool in enumerate(callable_tools):
        function = tool["function"]
        root, lines = rules_of(function.get("parameters") or _NO_ARGUMENTS, f"tool-{number}")
        calls.append(f"{quoted(json.dumps(function['name'], ensure_ascii=False)[1:-1] + between)} {root}")
        rules += lines
    return "\n".join([f"root ::= {quoted(before)} ({' | '.join(calls)}) {quoted(after)}", *rules]) + JSON_RULES


def _call_format(turns: Turns, offered: list[dict]) -> tuple[str, str, str]:
    """The text of a call before the name, between name and arguments, and after them, found by rendering a probe."""
    call = {"type": "function", "function": {"name": _NAME, "arguments": _ARGUMENTS}}
    question = {"role": "user", "content": "Is it so?"}
    answer = {"role": "assistant", "content": "", "tool_calls": [call]}
    written = turns.written([question, answer], offered, earlier=False).answer
    arguments = _WRITTEN_ARGUMENTS.search(written)
    before, name, between = written[: arguments.start()].partition(_NAME) if arguments else ("", "", "")
    if not name:
        raise InputError(
            "This model's chat template does not write calls as a name and JSON arguments, so a call cannot be forced.",
            "Set tool_choice to auto.",
        )
    return before, between, written[arguments.end() :]
