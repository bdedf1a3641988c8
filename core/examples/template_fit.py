"""Adapts conversations to chat templates that cannot render them as they are, without losing a word.

Templates differ: some have no place for tools, some refuse a system prompt or silently drop it, some insist that user
and assistant take turns. Whatever the template supports stays unchanged.
"""

import json
import re
from collections.abc import Callable

from core.errors import InputError
from core.examples.messages import message_text

_TOOLS_IN_WORDS = "You can call these functions. To call one, answer with JSON such as {}:\n{}"
_CALL_IN_WORDS = '[{"name": "…", "arguments": {}}]'
_RESULT_IN_WORDS = "Result of the function: {}"

_REASONING = {
    name: re.compile(rf"""(?:\.|\[\s*['"]|get\(\s*['"]|['"]){name}\b""")
    for name in ("reasoning_content", "reasoning", "thinking", "thought")
}
"""The fields in which templates look for reasoning, and a pattern that finds such an access in a template."""


def fit_to_template(
    messages: list[dict], tools: list[dict], template: str, render: Callable[[list[dict], list[dict]], str]
) -> tuple[list[dict], list[dict]]:
    """`messages` and `tools` in a form that `template` accepts; `render` makes the prompt from both.

    Tools, calls and results without a place in the template are put into words. A system prompt that it refuses or
    drops joins the first user turn. If it insists on alternation, consecutive turns of one side are joined, and an
    empty user turn precedes an assistant that speaks first. Reasoning goes into the field that the template reads,
    otherwise into the text. Raises the InputError of `render` if nothing helps.
    """
    messages = [with_reasoning_in_words(message, template) for message in messages]
    if takes_turns(messages) and not tools:
        return messages, tools
    if tools and not re.search(r"\btools\b", template):
        messages, tools = _with_tools_in_words(messages, tools), []
    if "tool_calls" not in template:
        messages = _with_calls_in_words(messages)
    try:
        if _says_its_system_prompts(messages, render(messages, tools)):
            return messages, tools
    except InputError:
        strict = _asked_first(_joined(_with_system_in_first_turn(messages)))
        render(strict, tools)
        return strict, tools
    return _joined(_with_system_in_first_turn(messages)), tools


def with_reasoning_in_words(message: dict, template: str) -> dict:
    """The message with its reasoning in the field that `template` reads, or before its text if it reads none."""
    if len(message) == 2:
        return message
    field = next((name for name in _REASONING if name in message), None)
    if field is None:
        return message
    known = next((name for name, reads in _REASONING.items() if reads.search(template)), None)
    rest = {name: value for name, value in message.items() if name != field}
    if known:
        return {**rest, known: message[field]}
    return {**rest, "content": f"<think>\n{message[field]}\n</think>\n\n{message['content']}"}


def takes_turns(messages: list[dict]) -> bool:
    """Whether user and assistant simply take turns, which every template supports."""
    return all(
        message["role"] == role and "tool_calls" not in message
        for message, role in zip(messages, ("user", "assistant") * len(messages), strict=False)
    )


def _says_its_system_prompts(messages: list[dict], prompt: str) -> bool:
    return all(message["content"].strip() in prompt for message in messages if message["role"] == "system")


def _with_tools_in_words(messages: list[dict], tools: list[dict]) -> list[dict]:
    listed = "\n".join(json.dumps(tool.get("function", tool), ensure_ascii=False) for tool in tools)
    words = _TOOLS_IN_WORDS.format(_CALL_IN_WORDS, listed)
    if messages and messages[0]["role"] == "system":
        return [{"role": "system", "content": f"{messages[0]['content']}\n\n{words}"}, *messages[1:]]
    return [{"role": "system", "content": words}, *messages]


def _with_calls_in_words(messages: list[dict]) -> list[dict]:
    told: list[dict] = []
    for message in messages:
        if message["role"] == "tool":
            result = {"role": "user", "content": _RESULT_IN_WORDS.format(message["content"])}
            if told and told[-1]["role"] == "user":
                result["content"] = f"{told.pop()['content']}\n{result['content']}"
            told.append(result)
        elif "tool_calls" in message:
            rest = {name: value for name, value in message.items() if name != "tool_calls"}
            told.append({**rest, "content": message_text(message)})
        else:
            told.append(message)
    return told


def _with_system_in_first_turn(messages: list[dict]) -> list[dict]:
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [message for message in messages if message["role"] != "system"]
    if not system:
        return rest
    if rest and rest[0]["role"] == "user":
        return [{"role": "user", "content": f"{system}\n\n{rest[0]['content']}"}, *rest[1:]]
    return [{"role": "user", "content": system}, *rest]


def _asked_first(messages: list[dict]) -> list[dict]:
    if messages and messages[0]["role"] == "assistant":
        return [{"role": "user", "content": ""}, *messages]
    return messages


def _joined(messages: list[dict]) -> list[dict]:
    joined: list[dict] = []
    for message in messages:
        last = joined[-1] if joined else {}
        plain = "tool_calls" not in message and "tool_calls" not in last
        if message["role"] != last.get("role") or message["role"] not in ("user", "assistant") or not plain:
            joined.append(message)
        elif message.get("weight") == last.get("weight"):
            joined[-1] = {**last, **message, "content": f"{last['content']}\n{message['content']}"}
        elif not last["content"].strip():
            joined[-1] = message
        else:  # a turn cannot be half learned
            joined += [{"role": "user", "content": ""}, message]
    return joined
