"""Walks the texts of an example: its columns, and the messages and tool calls inside its JSON columns."""

import json
from collections.abc import Callable

# Names and lists that the studio reads itself.
_NOT_TEXT = frozenset({"row", "source", "tags", "stratum", "label", "tools"})

OnText = Callable[[str, str], str]


def texts_of(example: dict[str, str]) -> list[str]:
    """The texts of an example that may be cleaned, in the order in which `map_texts` visits them."""
    if "messages" not in example:
        return [text for column, text in example.items() if column not in _NOT_TEXT]
    texts: list[str] = []
    map_texts(example, json.loads(example["messages"]), lambda text, place: texts.append(text) or text)
    return texts


def map_texts(example: dict[str, str], messages: list[dict], on_text: OnText) -> dict[str, str]:
    """The example with `on_text(text, place)` applied to each text; `place` is its column or its message's role."""
    mapped = {}
    for column, text in example.items():
        if column == "messages":
            said = [_map_message(message, on_text) for message in messages]
            mapped[column] = text if said == messages else json.dumps(said, ensure_ascii=False)
        else:
            mapped[column] = text if column in _NOT_TEXT else on_text(text, column)
    return mapped


def _map_message(message: dict, on_text: OnText) -> dict:
    mapped = dict(message)
    for name in ("content", "reasoning_content"):
        if isinstance(message.get(name), str):
            mapped[name] = on_text(message[name], message["role"])
    if "tool_calls" in message:
        mapped["tool_calls"] = _map_data(message["tool_calls"], on_text)
    return mapped


def _map_data(value: object, on_text: OnText) -> object:
    """Tool calls: every text in them is data."""
    if isinstance(value, str):
        return on_text(value, "tool")
    if isinstance(value, list):
        return [_map_data(item, on_text) for item in value]
    return {name: _map_data(item, on_text) for name, item in value.items()} if isinstance(value, dict) else value
