"""Fixed values in a JSON schema (`enum`, `const`): which ones an answer may be, and how it spells them."""

import json

from core.inference.grammar.keywords import KIND_OF_TYPE, KINDS, refuse_others
from core.inference.grammar.limits import refused

_MOST_VALUES = 500


def listed(schema: dict) -> list:
    """The distinct values that an `enum` or `const` allows, filtered by the `type` beside it."""
    refuse_others(schema, {"const", "enum", "type"})
    values = schema.get("enum", [schema.get("const")])
    if not isinstance(values, list) or not values or len(values) > _MOST_VALUES:
        raise refused(f"'enum' must be a list of 1 to {_MOST_VALUES} values")
    if "const" in schema:
        values = [value for value in values if as_text(value) == as_text(schema["const"])]
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise refused(f"{str(unknown[0])[:60]!r} is not a type")
        values = [value for value in values if _is_of(value, kinds)]
    if not values:
        raise refused("no value of its 'enum' or 'const' meets the other constraints")
    return list({as_text(value): value for value in values}.values())


def _is_of(value: object, kinds: list) -> bool:
    kind = kind_of(value)
    return kind in kinds or (kind == "number" and "integer" in kinds and value == value // 1)


def kind_of(value: object) -> str:
    """The type of a JSON value; whole numbers are `number` too."""
    return KIND_OF_TYPE[type(value)]


def as_text(value: object) -> str:
    """A JSON value exactly as an answer spells it. Raises InputError for NaN, infinity and lone surrogates."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except ValueError:
        raise refused("a value in it cannot be written as JSON") from None
    return text
