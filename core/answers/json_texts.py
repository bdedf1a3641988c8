"""Answers that are JSON: parsing, comparing, and checking against a schema, of which nothing is ever fetched."""

import json
from collections.abc import Callable
from typing import Any

from core.errors import InputError

NOT_JSON = object()
"""What `json_in` returns for a text that is not JSON."""
_DEEPEST = 64


def json_in(text: str) -> Any:
    """The value that a text, as a whole, is in JSON (RFC 8259: no NaN, no Infinity); NOT_JSON for anything else."""
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return NOT_JSON


def _refused(constant: str) -> None:
    raise ValueError(constant)


def schema_check(schema: dict) -> Callable[[Any], bool]:
    """Whether a JSON value satisfies a schema (draft 2020-12).

    The check raises InputError for a schema that refers to what it does not define, or to itself without end.
    """
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    validator = Draft202012Validator(schema, registry=Registry())  # nothing is fetched

    def fits(value: Any) -> bool:
        try:
            return validator.is_valid(value)
        except (Unresolvable, RecursionError) as error:
            raise InputError(
                "Answers cannot be checked against the JSON schema: it refers to what it does not define, or to itself "
                "without end.",
                "Mend its $ref.",
            ) from error

    return fits


def canonical(value: Any) -> str:
    """A text that two JSON values share exactly if they are equal: whatever the order of keys, and 1 equals 1.0.

    What is nested too deeply to be compared equals nothing.
    """
    try:
        return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)
    except RecursionError:
        return f"too deep: {id(value)}"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value


def common_schema(values: list[Any], depth: int = 0) -> dict:
    """A JSON schema of what all `values` have in common: the type of each part, and the keys that are in every object.

    Keys beyond those are allowed only if some value has them.
    """
    types = sorted({_type(value) for value in values})
    if "integer" in types and "number" in types:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types} if types else {}
    objects = [value for value in values if isinstance(value, dict)]
    if objects and depth < _DEEPEST:
        names = sorted({name for value in objects for name in value})
        parts = {name: [value[name] for value in objects if name in value] for name in names}
        schema["properties"] = {name: common_schema(found, depth + 1) for name, found in parts.items()}
        schema["required"] = [name for name, found in parts.items() if len(found) == len(objects)]
        schema["additionalProperties"] = False
    items = [item for value in values if isinstance(value, list) for item in value]
    if items and depth < _DEEPEST:
        schema["items"] = common_schema(items, depth + 1)
    return schema


def _type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]
