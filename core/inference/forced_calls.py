"""A grammar by which a model can only call a tool, in the form in which training writes calls for its chat template."""

import json
import re

from core.errors import InputError
from core.examples.turns import Turns
from core.inference.json_grammar import BASICS, gbnf, rules_of

_NAME, _ARGUMENTS = "probed_function", {"probed_argument": "probe"}
_WRITTEN_ARGUMENTS = re.compile(r'\{\s*"probed_argument"\s*:\s*"probe"\s*\}')
_NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}


def call_grammar(turns: Turns, told: list[dict], callable_tools: list[dict]) -> str:
    """The grammar of one call of one of `callable_tools`, whose arguments fit its schema; the model knows `told`.

    Raises InputError for a schema that a grammar cannot hold a model to, and for templates that do not write the
    arguments of calls as JSON.
    """
    before, between, after = _frame(turns, told)
    calls, rules = [], []
    for number, tool in enumerate(callable_tools):
        function = tool["function"]
        root, lines = rules_of(function.get("parameters") or _NOTHING, f"tool-{number}")
        calls.append(f"{gbnf(json.dumps(function['name'], ensure_ascii=False)[1:-1] + between)} {root}")
        rules += lines
    return "\n".join([f"root ::= {gbnf(before)} ({' | '.join(calls)}) {gbnf(after)}", *rules]) + BASICS


def _frame(turns: Turns, told: list[dict]) -> tuple[str, str, str]:
    """What stands before the name in a call, between name and arguments, and after them."""
    call = {"type": "function", "function": {"name": _NAME, "arguments": _ARGUMENTS}}
    asked = {"role": "user", "content": "Is it so?"}
    answer = {"role": "assistant", "content": "", "tool_calls": [call]}
    written = turns.written([asked, answer], told, earlier=False).answer
    arguments = _WRITTEN_ARGUMENTS.search(written)
    before, name, between = written[: arguments.start()].partition(_NAME) if arguments else ("", "", "")
    if not name:
        raise InputError(
            "This model's chat template does not write calls as a name and JSON: it cannot be made to call a tool.",
            "Set tool_choice to auto.",
        )
    return before, between, written[arguments.end() :]
