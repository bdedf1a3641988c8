"""Assigning the columns of a file to roles."""

import re

import streamlit as st

from app.components.form import Form
from core.specs import Shape

SHAPES = {
    Shape.INSTRUCTION: "Questions and answers",
    Shape.CHAT: "Conversations",
    Shape.PREFERENCE: "Preference pairs",
    Shape.FEEDBACK: "Good or bad answers",
    Shape.TEXT: "Plain text",
}
_PROMPT = {"messages": "Messages", "instruction": "Question", "input": "Context", "history": "Earlier turns"}
_TURN = {
    "conversation": "Conversation id",
    "role": "Speaker",
    "content": "Message text",
    "order": "Time or position",
}
"""For tables with one message per row."""
ROLES = {
    Shape.INSTRUCTION: {"instruction": "Question", "output": "Answer", "input": "Context", "system": "System prompt"},
    Shape.CHAT: _PROMPT | {"output": "Answer", "system": "System prompt", "tools": "Tools"} | _TURN,
    Shape.PREFERENCE: _PROMPT
    | {
        "chosen": "Better answer",
        "rejected": "Worse answer",
        "winner": "Which is better",
        "system": "System prompt",
        "tools": "Tools",
    },
    Shape.FEEDBACK: _PROMPT | {"output": "Answer", "label": "Good or bad", "system": "System prompt", "tools": "Tools"},
    Shape.TEXT: {"text": "Text"},
}
"""The roles of each shape, with their labels."""
LABELS = {"topic": "Topic", "source": "Document", "tags": "Tags"}
_NONE = "–"
_PATHS_OFFERED = 200


def in_labels(reason: str, shape: Shape) -> str:
    """The reason with each role replaced by its label."""
    labels = ROLES[shape] | LABELS
    return re.sub(r"(?<= was taken as )\w+", lambda role: labels.get(role[0], role[0]), reason)


def choose_columns(form: Form, path: str, shape: str, seen: dict, mapping: dict[str, str]) -> dict[str, str]:
    options = [_NONE, *_paths(seen)]
    options += [column for column in mapping.values() if column not in options]
    roles = ROLES[Shape(shape)] | LABELS
    places = st.columns(4)
    chosen = {}
    suffix = "" if mapping else "-asked"  # so that a mapping found later still preselects
    for number, (role, words) in enumerate(roles.items()):
        default = mapping.get(role, _NONE)
        column = places[number % 4].selectbox(
            words,
            options,
            help=f"The column with this text; it is called {role} in the dataset.",
            **form.bind(f"role-{path}-{shape}-{role}{suffix}", default, options),
        )
        if column != _NONE:
            chosen[role] = column
        elif default != _NONE:
            chosen[role] = ""  # detected, but deselected
    if chosen.get("role"):
        name = places[len(roles) % 4].text_input(
            "Assistant's name",
            help="Which speaker is the assistant, if the names do not make it clear.",
            **form.bind(f"assistant-{path}", ""),
        )
        chosen |= {"assistant": name} if name else {}
    return chosen


def _paths(seen: dict) -> list[str]:
    """The columns of a file, and paths into nested values."""
    paths = dict.fromkeys(seen["columns"])
    for values in seen["head"]:
        for column, value in values.items():
            paths |= dict.fromkeys(_inside(value, column))
    return list(paths)[:_PATHS_OFFERED]


def _inside(value: object, path: str) -> list[str]:
    if isinstance(value, dict):
        return [path, *(deeper for name, inner in value.items() for deeper in _inside(inner, f"{path}.{name}"))]
    if isinstance(value, list) and value:
        return [path, *_inside(value[0], f"{path}[0]")]
    return [path]
