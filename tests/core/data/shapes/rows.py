"""Typical rows of every shape, for the tests."""

import json

ALPACA = [
    {"instruction": "Name the capital of the country.", "input": "France", "output": "It is Paris, on the Seine."},
    {"instruction": "Give three tips for sleep.", "input": "", "output": "Go to bed early, read, and put lamps out."},
    {"instruction": "What is two plus two?", "input": "", "output": "Two plus two is four."},
]

OPENAI = [
    {
        "messages": [
            {"role": "system", "content": "You are a gardener."},
            {"role": "user", "content": f"When do I plant {plant}?"},
            {"role": "assistant", "content": f"Plant {plant} in spring."},
            {"role": "user", "content": "And water them?"},
            {"role": "assistant", "content": "Every evening."},
        ]
    }
    for plant in ("beans", "peas", "roses")
]

SHAREGPT = [
    {
        "conversations": [
            {"from": "human", "value": f"When do I plant {plant}?"},
            {"from": "gpt", "value": f"Plant {plant} in spring."},
        ]
    }
    for plant in ("beans", "peas", "roses")
]

_WEATHER = [{"name": "weather", "description": "Weather of a town", "parameters": {"type": "object"}}]
TOOL_CALLS = [
    {
        "conversations": [
            {"from": "human", "value": f"How is the weather in {town}?"},
            {"from": "function_call", "value": json.dumps({"name": "weather", "arguments": {"town": town}})},
            {"from": "observation", "value": '{"sky": "clear"}'},
            {"from": "gpt", "value": f"The sky over {town} is clear."},
        ],
        "tools": json.dumps(_WEATHER),
    }
    for town in ("Rome", "Oslo", "Lima")
]

PREFERENCE = [
    {
        "conversations": [{"from": "system", "value": "Be kind."}, {"from": "human", "value": f"Tell me of {what}."}],
        "chosen": {"from": "gpt", "value": f"Gladly: {what} are a long story."},
        "rejected": {"from": "gpt", "value": "No."},
    }
    for what in ("boats", "trees", "cats")
]

KTO = [
    {"prompt": f"Is {number} even?", "completion": "It is, I am sure of it.", "label": number % 2 == 0}
    for number in range(4)
]

TEXTS = [{"text": f"The {word} wakes before the town does, and nobody is there to see it."} for word in ("sea", "sun")]


def flattened(rows: list[dict]) -> list[dict]:
    """The rows as a spreadsheet or CSV saves them: nested values as JSON text, true as TRUE."""
    return [{name: _cell(value) for name, value in row.items()} for row in rows]


def renamed(rows: list[dict], names: dict[str, str]) -> list[dict]:
    """The rows with other column names."""
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
