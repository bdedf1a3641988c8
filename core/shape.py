"""The shapes of an example. Standard library only: each file is parsed in a child, which must start quickly."""

from enum import StrEnum


class Shape(StrEnum):
    """What an example is made of; `core.data.shapes` names the columns of each."""

    INSTRUCTION = "instruction"
    CHAT = "chat"
    PREFERENCE = "preference"
    FEEDBACK = "feedback"
    TEXT = "text"
