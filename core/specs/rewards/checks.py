"""What is wrong with the pattern or the JSON schema of a reward. Light: no ML library."""

import json
from typing import Any

_DEEPEST = 32


def why_no_pattern(pattern: str) -> str | None:
    """What is wrong with a regular expression; None if it can be searched for."""
    import regex

    try:
        regex.compile(pattern)
    except regex.error as error:
        return f"this is not a regular expression: {error}"
    return None


def why_no_schema(text: str) -> str | None:
    """What is wrong with a JSON schema given as text; None if answers can be checked against it."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
    except (ValueError, RecursionError):
        return "this is not JSON"
    except SchemaError as error:
        return f"this is not a JSON schema: {error.message}"
    if not isinstance(schema, dict):
        return "this accepts everything or nothing: give a schema that is an object"
    if any(not reference.startswith("#") for reference in _references(schema)):
        return "it refers to another document, which is not fetched: put the definitions into the schema itself"
    return None


def _references(schema: Any, depth: int = 0) -> list[str]:
    """Every `$ref` of a schema, and a foreign one for what is nested too deeply to look at."""
    if depth > _DEEPEST:
        return ["…"]
    if isinstance(schema, list):
        return [one for part in schema for one in _references(part, depth + 1)]
    if not isinstance(schema, dict):
        return []
    own = [value for name, value in schema.items() if name in ("$ref", "$dynamicRef") and isinstance(value, str)]
    return own + _references(list(schema.values()), depth)
