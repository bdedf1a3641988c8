"""Size limits for JSON schemas, and the error for a schema that cannot be used."""

from core.errors import InputError

DEEPEST = 30
"""Levels of nested parts, choices or references."""
_MOST_NODES = 20_000
_MOST_LEVELS = 200
_MOST_CHARACTERS = 1_000_000


def check_size(schema: dict) -> None:
    """Raise InputError for a schema that is too large or too deep. Cheap enough to run before anything else."""
    nodes, characters, waiting = 0, 0, [(schema, 0)]
    while waiting:
        value, level = waiting.pop()
        nodes += 1
        characters += len(value) if isinstance(value, str) else sum(map(len, value)) if isinstance(value, dict) else 0
        if nodes > _MOST_NODES or level > _MOST_LEVELS or characters > _MOST_CHARACTERS:
            raise refused("it is too large or too deep")
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(one, level + 1) for one in inner]


def refused(why: str) -> InputError:
    """The error to raise for an unusable schema."""
    return InputError(f"This JSON schema cannot be used: {why}.", "Simplify the schema, or ask for a json_object.")
